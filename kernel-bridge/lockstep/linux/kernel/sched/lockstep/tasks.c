// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockstep: the tasks of scenarios. Instead of computing they halt their CPU, so a step takes
 * milliseconds at most.
 */
#include <linux/delay.h>
#include <linux/hashtable.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include "lockstep.h"

/*
 * A task with a number, made by kthreadd or, in a scenario, by the fork of another one. It is
 * used again by later scenarios while it lives.
 */
struct lockstep_thread {
	struct task_struct	*task;
	int			number;
	enum lockstep_order	order;
	/* The child that ORDER_FORK makes. */
	int			child;
	struct hlist_node	node;
};

static struct lockstep_thread threads[LOCKSTEP_MAX_TASKS];
/* Numbers by task. Entries change while nothing is running that could look one up. */
static DEFINE_HASHTABLE(numbers, 10);
/* After a scenario: whoever gets a CPU goes to sleep. */
static bool bedtime;

static void adopt(struct lockstep_thread *thread, struct task_struct *task)
{
	thread->task = task;
	hash_add(numbers, &thread->node, (unsigned long)task);
}

static int thread_function(void *data);

/*
 * In the parent, on its CPU, as in the system call. Whom it wakes on its way (RCU may want to get
 * going) is not of the scenario.
 */
static void make_child(struct lockstep_thread *child)
{
	unsigned long decay = current->wakee_flip_decay_ts;
	struct task_struct *wakee = current->last_wakee;
	unsigned int flips = current->wakee_flips;
	pid_t pid = kernel_thread(thread_function, child, SIGCHLD);

	current->wakee_flip_decay_ts = decay;
	current->last_wakee = wakee;
	current->wakee_flips = flips;
	if (pid < 0) {
		lockstep_spoil("no child: error %d", pid);
		return;
	}
	rcu_read_lock();
	adopt(child, get_task_struct(find_task_by_pid_ns(pid, &init_pid_ns)));
	rcu_read_unlock();
}

static void perform(struct lockstep_thread *thread, enum lockstep_order order)
{
	switch (order) {
	case ORDER_BLOCK:
		set_current_state(TASK_IDLE);
		schedule();
		break;
	case ORDER_YIELD:
		yield();
		break;
	case ORDER_FORK:
		make_child(&threads[thread->child]);
		break;
	case ORDER_EXEC:
		sched_exec();
		break;
	case ORDER_EXIT:
		do_exit(0);
	case ORDER_NONE:
		schedule();
	}
}

/*
 * A user's task is rescheduled on its way out of an interrupt; this one asks right after it.
 * Orders are given in interrupts too, hence the look with interrupts off.
 */
static int thread_function(void *data)
{
	struct lockstep_thread *thread = data;

	for (;;) {
		enum lockstep_order order;

		local_irq_disable();
		order = thread->order;
		if (READ_ONCE(bedtime) && order != ORDER_EXIT)
			order = ORDER_BLOCK;
		if (order == ORDER_NONE && !need_resched()) {
			if (lockstep_tested(smp_processor_id()))
				lockstep_at_rest();
			safe_halt();
			continue;
		}
		thread->order = ORDER_NONE;
		local_irq_enable();
		perform(thread, order);
	}
	return 0;
}

static bool sleeps(struct task_struct *p)
{
	if (READ_ONCE(p->__state) != TASK_IDLE || READ_ONCE(p->on_rq))
		return false;
	return !smp_load_acquire(&p->on_cpu);	/* pairs with finish_task() */
}

static void set_control_cpus(struct task_struct *p)
{
	struct cpumask control = CPU_MASK_NONE;
	int cpu;

	for (cpu = 0; cpu < LOCKSTEP_CONTROLLERS; cpu++)
		cpumask_set_cpu(cpu, &control);
	set_cpus_allowed_ptr(p, &control);
}

static int make(struct lockstep_thread *thread)
{
	struct task_struct *task;

	task = kthread_create(thread_function, thread, "t%d", thread->number);
	if (IS_ERR(task))
		return PTR_ERR(task);
	adopt(thread, get_task_struct(task));
	thread->order = ORDER_BLOCK;
	set_control_cpus(task);
	wake_up_process(task);
	while (!sleeps(task))
		msleep(20);
	return 0;
}

/* Sees to the end of a task that is asleep or gone already. */
static void dismiss(struct lockstep_thread *thread)
{
	if (!lockstep_is_gone(thread->task)) {
		thread->order = ORDER_EXIT;
		set_control_cpus(thread->task);
		wake_up_process(thread->task);
		while (!lockstep_is_gone(thread->task))
			msleep(20);
	}
	hash_del(&thread->node);
	put_task_struct(thread->task);
	thread->task = NULL;
}

/**
 * lockstep_tasks_need - makes tasks until those of the start are there, asleep, and no others:
 * @count numbers, of which children come later
 */
int lockstep_tasks_need(const struct lockstep_setup *setups, unsigned int count)
{
	unsigned int i;
	int error = 0;

	for (i = 0; i < count && !error; i++) {
		struct lockstep_thread *thread = &threads[i];

		if (thread->task && (setups[i].child || lockstep_is_gone(thread->task)))
			dismiss(thread);
		thread->number = i;
		thread->order = ORDER_NONE;
		if (!thread->task && !setups[i].child)
			error = make(thread);
	}
	return error;
}

/** lockstep_task - the task with this number; NULL for a child that is not there yet */
struct task_struct *lockstep_task(unsigned int number)
{
	return threads[number].task;
}

/** lockstep_is_gone - it has exited and will never run again */
bool lockstep_is_gone(struct task_struct *p)
{
	if (READ_ONCE(p->__state) != TASK_DEAD || READ_ONCE(p->on_rq))
		return false;
	return !smp_load_acquire(&p->on_cpu);	/* pairs with finish_task() */
}

/** lockstep_number - which of our tasks @p is; -1 for others */
int lockstep_number(struct task_struct *p)
{
	struct lockstep_thread *thread;

	hash_for_each_possible(numbers, thread, node, (unsigned long)p)
		if (thread->task == p)
			return thread->number;
	return -1;
}

/** lockstep_order - in an interrupt: gives the task it has interrupted an order; to be run_on */
void lockstep_order(void *info)
{
	const struct lockstep_command *command = info;
	int number = lockstep_number(current);

	if (number < 0)
		return;
	threads[number].child = command->child;
	threads[number].order = command->order;
}

/** lockstep_doom - it ends as soon as it has a CPU; false when it is to end already */
bool lockstep_doom(unsigned int number)
{
	if (threads[number].order == ORDER_EXIT)
		return false;
	threads[number].order = ORDER_EXIT;
	return true;
}

/*
 * Nobody may have told an idle CPU of its task: sched_move_task() does not, where it takes one out of
 * a throttled group.
 */
static void to_bed(void *info)
{
	if (is_idle_task(current)) {
		set_tsk_need_resched(current);
		set_preempt_need_resched();
	} else {
		lockstep_order(info);
	}
}

/**
 * lockstep_all_to_sleep - empties the queues; false when that fails
 *
 * A task may need an order for itself, one for its CPU to turn to it, and another when it comes to a
 * CPU again meanwhile. More orders than that get nobody to sleep.
 */
bool lockstep_all_to_sleep(void)
{
	struct lockstep_command block = { .order = ORDER_BLOCK };
	unsigned int orders = 4 * LOCKSTEP_MAX_TASKS;
	bool fine = true;
	int cpu;

	WRITE_ONCE(bedtime, true);
	for_each_tested_cpu(cpu) {
		while (fine && READ_ONCE(cpu_rq(cpu)->nr_running)) {
			fine = orders-- && lockstep_run_on(cpu, to_bed, &block);
			if (!fine)
				lockstep_spoil("CPU %d: %u tasks do not go to sleep", cpu,
					       READ_ONCE(cpu_rq(cpu)->nr_running));
		}
	}
	WRITE_ONCE(bedtime, false);
	return fine;
}
