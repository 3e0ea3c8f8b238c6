// SPDX-License-Identifier: GPL-2.0-only
/* Lockstep: a thread on the second control CPU for what may sleep on its way. */
#include <linux/kthread.h>
#include <asm/timer.h>
#include "lockstep.h"

#define ACTOR_CPU	1
#define ACT_LIMIT_MS	20000

static struct task_struct *actor;
static void (*todo)(void *info);
static void *todo_info;
static bool done;

static int act(void *unused)
{
	for (;;) {
		set_current_state(TASK_IDLE);
		if (!smp_load_acquire(&todo)) {	/* pairs with lockstep_act() */
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		todo(todo_info);
		todo = NULL;
		smp_store_release(&done, true);	/* pairs with lockstep_act() */
	}
	return 0;
}

int lockstep_actor_init(void)
{
	struct task_struct *thread = kthread_create_on_cpu(act, NULL, ACTOR_CPU, "lockstep/%u");

	if (IS_ERR(thread))
		return PTR_ERR(thread);
	actor = thread;
	wake_up_process(actor);
	return 0;
}

bool lockstep_is_actor(struct task_struct *p)
{
	return p == actor;
}

/*
 * It waits for a tested CPU: as it is off its own, it can change nothing before it is woken (K2).
 */
static bool actor_sleeps(void)
{
	if (READ_ONCE(actor->__state) == TASK_RUNNING || READ_ONCE(actor->on_rq))
		return false;
	return !smp_load_acquire(&actor->on_cpu);	/* pairs with finish_task() */
}

/** lockstep_act - the actor calls @function; then everything is run to rest */
bool lockstep_act(void (*function)(void *info), void *info)
{
	unsigned long long limit = native_sched_clock() + ACT_LIMIT_MS * NSEC_PER_MSEC;

	todo_info = info;
	done = false;
	smp_store_release(&todo, function);	/* pairs with act() */
	wake_up_process(actor);
	while (!smp_load_acquire(&done)) {	/* pairs with act() */
		if (actor_sleeps() && !lockstep_settle())
			return false;
		if (native_sched_clock() > limit) {
			lockstep_spoil("an operation does not end");
			return false;
		}
		cpu_relax();
	}
	return lockstep_settle();
}
