// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockstep: threads on the second control CPU for what may sleep on its way. There are several, as
 * a change of affinity sleeps for as long as the stopper is held up (rest.c).
 */
#include <linux/kthread.h>
#include <asm/timer.h>
#include "lockstep.h"

#define ACTOR_CPU	1
#define ACT_LIMIT_MS	20000

/* Those that sleep while a stopper is held up, and one that acts. */
#define ACTORS		(LOCKSTEP_MAX_HELD_CHANGES + 1)

static struct actor {
	struct task_struct		*thread;
	void				(*todo)(const struct lockstep_step *step);
	struct lockstep_step		step;
	/* It has something to do, or sleeps over it. */
	bool				busy;
} actors[ACTORS];

static int act(void *data)
{
	struct actor *actor = data;

	for (;;) {
		set_current_state(TASK_IDLE);
		if (!smp_load_acquire(&actor->todo)) {	/* pairs with lockstep_act() */
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		actor->todo(&actor->step);
		actor->todo = NULL;
		smp_store_release(&actor->busy, false);	/* pairs with finish() */
	}
	return 0;
}

int lockstep_actors_init(void)
{
	int i;

	for (i = 0; i < ACTORS; i++) {
		struct task_struct *thread = kthread_create_on_cpu(act, &actors[i], ACTOR_CPU, "lockstep/%u");

		if (IS_ERR(thread))
			return PTR_ERR(thread);
		actors[i].thread = thread;
		wake_up_process(thread);
	}
	return 0;
}

bool lockstep_is_actor(struct task_struct *p)
{
	int i;

	for (i = 0; i < ACTORS; i++)
		if (p == actors[i].thread)
			return true;
	return false;
}

/*
 * It waits for a tested CPU: as it is off its own, it can change nothing before it is woken (K2).
 */
static bool sleeps(struct task_struct *p)
{
	if (READ_ONCE(p->__state) != TASK_UNINTERRUPTIBLE || READ_ONCE(p->on_rq))
		return false;
	return !smp_load_acquire(&p->on_cpu);	/* pairs with finish_task() */
}

/* Until it has done what it has to do, or, where it @may_sleep, sleeps with everything at rest. */
static bool finish(struct actor *actor, bool may_sleep)
{
	unsigned long long limit = native_sched_clock() + ACT_LIMIT_MS * NSEC_PER_MSEC;

	while (smp_load_acquire(&actor->busy)) {	/* pairs with act() */
		if (sleeps(actor->thread)) {
			if (!lockstep_settle())
				return false;
			if (may_sleep && sleeps(actor->thread))
				return true;
		}
		if (native_sched_clock() > limit) {
			lockstep_spoil("an operation does not end");
			return false;
		}
		cpu_relax();
	}
	return lockstep_settle();
}

/**
 * lockstep_act - an actor calls @function; then everything is run to rest. While stoppers are held
 * up, it may sleep for longer; lockstep_acts_end() waits for it.
 */
bool lockstep_act(void (*function)(const struct lockstep_step *step), const struct lockstep_step *step)
{
	struct actor *actor = actors;

	while (smp_load_acquire(&actor->busy))	/* pairs with act() */
		if (++actor == actors + ACTORS) {
			lockstep_spoil("too many operations are under way");
			return false;
		}
	actor->step = *step;
	actor->busy = true;
	smp_store_release(&actor->todo, function);	/* pairs with act() */
	wake_up_process(actor->thread);
	return finish(actor, lockstep_holds());
}

/** lockstep_acts_end - no stopper is held up any more: all that was begun comes to its end */
bool lockstep_acts_end(void)
{
	int i;

	for (i = 0; i < ACTORS; i++)
		if (!finish(&actors[i], false))
			return false;
	return true;
}
