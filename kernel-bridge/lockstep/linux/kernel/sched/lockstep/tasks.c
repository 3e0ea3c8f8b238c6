// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockstep: the tasks of scenarios. Instead of computing they halt their CPU, so a step takes
 * milliseconds at most.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include "lockstep.h"

enum order { ORDER_NONE, ORDER_BLOCK, ORDER_YIELD };

struct lockstep_thread {
	struct task_struct	*task;
	int			number;
	enum order		order;
};

static struct lockstep_thread threads[LOCKSTEP_MAX_TASKS];
static unsigned int made;
/* After a scenario: whoever gets a CPU goes to sleep. */
static bool bedtime;

/*
 * A user's task is rescheduled on its way out of an interrupt; this one asks right after it.
 * Orders are given in interrupts too, hence the look with interrupts off.
 */
static int thread_function(void *data)
{
	struct lockstep_thread *thread = data;

	for (;;) {
		enum order order;

		local_irq_disable();
		order = READ_ONCE(bedtime) ? ORDER_BLOCK : thread->order;
		if (order == ORDER_NONE && !need_resched()) {
			if (lockstep_tested(smp_processor_id()))
				lockstep_at_rest();
			safe_halt();
			continue;
		}
		thread->order = ORDER_NONE;
		local_irq_enable();
		if (order == ORDER_YIELD) {
			yield();
			continue;
		}
		if (order == ORDER_BLOCK)
			set_current_state(TASK_IDLE);
		schedule();
	}
	return 0;
}

static bool sleeps(struct task_struct *p)
{
	if (READ_ONCE(p->__state) != TASK_IDLE || READ_ONCE(p->on_rq))
		return false;
	return !smp_load_acquire(&p->on_cpu);	/* pairs with finish_task() */
}

/** lockstep_tasks_need - makes @count tasks, asleep; those of earlier scenarios are used again */
int lockstep_tasks_need(unsigned int count)
{
	static struct cpumask control;
	unsigned int i;

	for (i = 0; i < LOCKSTEP_CONTROL; i++)
		cpumask_set_cpu(i, &control);
	for (; made < count; made++) {
		struct lockstep_thread *thread = &threads[made];

		thread->number = made;
		thread->order = ORDER_BLOCK;
		thread->task = kthread_create(thread_function, thread, "t%u", made);
		if (IS_ERR(thread->task))
			return PTR_ERR(thread->task);
		set_cpus_allowed_ptr(thread->task, &control);
		wake_up_process(thread->task);
	}
	for (i = 0; i < count; i++)
		while (!sleeps(threads[i].task))
			msleep(20);
	return 0;
}

struct task_struct *lockstep_task(unsigned int number)
{
	return threads[number].task;
}

/** lockstep_number - which of our tasks @p is; -1 for others */
int lockstep_number(struct task_struct *p)
{
	if (!(p->flags & PF_KTHREAD) || kthread_func(p) != thread_function)
		return -1;
	return ((struct lockstep_thread *)kthread_data(p))->number;
}

static void give(enum order order)
{
	int number = lockstep_number(current);

	if (number >= 0)
		threads[number].order = order;
}

void lockstep_order_block(void *unused)
{
	give(ORDER_BLOCK);
}

void lockstep_order_yield(void *unused)
{
	give(ORDER_YIELD);
}

/** lockstep_all_to_sleep - empties the queues; false when that fails */
bool lockstep_all_to_sleep(void)
{
	bool fine = true;
	int cpu;

	WRITE_ONCE(bedtime, true);
	for_each_tested_cpu(cpu)
		while (fine && READ_ONCE(cpu_rq(cpu)->cfs.h_nr_running))
			fine = lockstep_run_on(cpu, lockstep_order_block, NULL);
	WRITE_ONCE(bedtime, false);
	return fine;
}
