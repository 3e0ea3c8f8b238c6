// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockstep: reads a scenario and performs its steps. The caller has checked the text
 * (sim/lockstep/scenario.ts).
 */
#include <linux/vmalloc.h>
#include <uapi/linux/sched/types.h>
#include "lockstep.h"

static struct lockstep_setup setups[LOCKSTEP_MAX_TASKS];
static struct lockstep_shown shown;

static void wake(void *task)
{
	wake_up_process(task);
}

/* As a wait queue does it whose waker says that it is about to sleep. */
static void wake_sync(void *task)
{
	wait_queue_entry_t entry = { .private = task };

	default_wake_function(&entry, TASK_NORMAL, WF_SYNC, NULL);
}

static void tick(void *unused)
{
	scheduler_tick();
}

static void renice(const struct lockstep_step *step)
{
	set_user_nice(lockstep_task(step->a), step->b);
}

static void change_affinity(const struct lockstep_step *step)
{
	struct cpumask mask = CPU_MASK_NONE;
	int bit;

	for (bit = 0; bit < nr_cpu_ids - lockstep_control; bit++)
		if (step->b & BIT_ULL(bit))
			cpumask_set_cpu(lockstep_control + bit, &mask);
	lockstep_cursor_to_end(NULL);
	if (set_cpus_allowed_ptr(lockstep_task(step->a), &mask))
		lockstep_spoil("the kernel refuses CPU mask %lld", step->b);
}

static bool is(const struct lockstep_step *step, const char *op)
{
	return !strcmp(step->op, op);
}

static void change_policy(const struct lockstep_step *step)
{
	const struct sched_param param = { .sched_priority = is(step, "policy") ? 0 : step->b };
	int policy = is(step, "fifo") ? SCHED_FIFO : is(step, "rr") ? SCHED_RR : step->b;
	int error;

	lockstep_cursor_to_end(NULL);	/* whom it displaces may be pushed elsewhere */
	error = sched_setscheduler_nocheck(lockstep_task(step->a), policy, &param);
	if (error)
		lockstep_spoil("the kernel refuses policy %d: error %d", policy, error);
}

static bool all_tick(void)
{
	int cpu;

	lockstep_jiffies_add(1);
	for_each_tested_cpu(cpu)
		if (lockstep_ticks(cpu) && !lockstep_run_on(cpu, tick, NULL))
			return false;
	return true;
}

/* What the task that runs on @cpu does. */
static bool perform_there(int cpu, struct lockstep_step *step, bool *nothing)
{
	struct lockstep_command command = { .child = step->a };

	if (is(step, "block"))
		command.order = ORDER_BLOCK;
	else if (is(step, "yield"))
		command.order = ORDER_YIELD;
	else if (is(step, "fork"))
		command.order = ORDER_FORK;
	else if (is(step, "exec"))
		command.order = ORDER_EXEC;
	else
		command.order = ORDER_EXIT;
	/* Whoever forks or ends looks on its way whether it is to be rescheduled. */
	if ((command.order == ORDER_FORK || command.order == ORDER_EXIT) && !lockstep_let_stopper_in(cpu))
		return false;
	*nothing = lockstep_number(cpu_rq(cpu)->curr) < 0;
	return *nothing || lockstep_run_on(cpu, lockstep_order, &command);
}

/*
 * A wake-up from @cpu may wait in a wake list until all that @cpu does is done: a stopper held up
 * there comes before it.
 */
static bool wake_from(int cpu, struct task_struct *p, bool sync)
{
	return lockstep_let_stopper_in(cpu) && lockstep_run_on(cpu, sync ? wake_sync : wake, p);
}

/* A fatal signal to task @p from @cpu; whoever waits for a CPU sees it when it has one. */
static bool kill_task(struct task_struct *p, int cpu, struct lockstep_step *step, bool *nothing)
{
	struct lockstep_command command = { .order = ORDER_EXIT };
	int its;

	do {
		its = task_cpu(p);
		if (task_curr(p) && !lockstep_let_stopper_in(its))
			return false;
	} while (task_cpu(p) != its);
	if (task_curr(p))
		return lockstep_run_on(task_cpu(p), lockstep_order, &command);
	*nothing = !lockstep_doom(step->a);
	return *nothing || p->on_rq || wake_from(cpu, p, false);
}

/* What is done to task @p. */
static bool perform_on(struct task_struct *p, struct lockstep_step *step, bool *nothing)
{
	*nothing = !p || lockstep_is_gone(p);
	if (*nothing)
		return true;
	if (is(step, "nice"))
		return lockstep_act(renice, step);
	if (is(step, "policy") || is(step, "fifo") || is(step, "rr"))
		return lockstep_act(change_policy, step);
	if (is(step, "affine"))
		return lockstep_act(change_affinity, step);
	if (is(step, "kill"))
		return kill_task(p, lockstep_control + step->b, step, nothing);
	*nothing = p->on_rq;
	return *nothing || wake_from(lockstep_control + step->b, p, is(step, "sync"));
}

static bool hold_or_free(bool hold, bool *nothing)
{
	*nothing = lockstep_holds() == hold;
	if (hold)
		lockstep_hold();
	return hold || lockstep_free();
}

/* Performs a step to rest; false when something broke. @nothing says that it had no effect. */
static bool perform(struct lockstep_step *step, bool *nothing)
{
	*nothing = false;
	if (is(step, "tick"))
		return all_tick();
	if (lockstep_is_group_operation(step->op))
		return lockstep_group_step(step, nothing);
	if (is(step, "hold") || is(step, "free"))
		return hold_or_free(is(step, "hold"), nothing);
	if (is(step, "block") || is(step, "yield") || is(step, "exec") || is(step, "exit"))
		return perform_there(lockstep_control + step->a, step, nothing);
	if (!is(step, "fork"))
		return perform_on(lockstep_task(step->a), step, nothing);
	*nothing = lockstep_task(step->a);
	return *nothing || perform_there(lockstep_control + step->b, step, nothing);
}

/* The line after this one; NULL at the end. */
static const char *next_line(const char *line)
{
	line = strchr(line, '\n');
	return line && line[1] ? line + 1 : NULL;
}

static bool read_step(const char *line, struct lockstep_step *step)
{
	return sscanf(line, "%llu %7s %lld %lld", &step->dt, step->op, &step->a, &step->b) == 4;
}

static void run_steps(const char *text)
{
	u64 now = 0;
	char operation[64];
	struct lockstep_step step;
	const char *line;
	int number = 0;
	bool nothing;

	lockstep_dump_step(-1, "init");
	for (line = text; line && !lockstep_spoiled(); line = next_line(line)) {
		if (!read_step(line, &step))
			continue;
		now += step.dt;
		if (!lockstep_timers_run(now))
			return;
		lockstep_elapse_to(now);
		if (!perform(&step, &nothing))
			return;
		scnprintf(operation, sizeof(operation), "%s %lld %lld%s", step.op, step.a, step.b,
			  nothing ? " (nothing)" : "");
		lockstep_dump_step(number++, operation);
		if (!lockstep_jiffies_stood())
			lockstep_spoil("jiffies moved");
		if (lockstep_dump_is_full())
			lockstep_spoil("the dump is too long");
	}
}

/* After a scenario: a throttled real-time task would not even go to sleep. */
static void all_to_fair(void)
{
	struct lockstep_step step = { .op = "policy", .b = SCHED_NORMAL };

	for (; step.a < shown.tasks; step.a++) {
		struct task_struct *p = lockstep_task(step.a);

		if (p && !lockstep_is_gone(p) && rt_task(p) && !lockstep_act(change_policy, &step))
			return;
	}
}

static bool read_task(const char *line, struct lockstep_setup *setup)
{
	setup->priority = 0;
	setup->child = !strncmp(line, "child\n", 6);
	if (setup->child)
		return true;
	if (sscanf(line, "task %d %d", &setup->nice, &setup->policy) != 2)
		return false;
	if (setup->policy == SCHED_FIFO || setup->policy == SCHED_RR)
		sscanf(line, "task %*d %*d %d", &setup->priority);
	return true;
}

static void read_setup(const char *text)
{
	struct lockstep_step step;
	const char *line;

	memset(&shown, 0, sizeof(shown));
	shown.tickless = !strncmp(text, "nohz\n", 5);
	for (line = text; line; line = next_line(line)) {
		if (shown.tasks < LOCKSTEP_MAX_TASKS && read_task(line, &setups[shown.tasks]))
			shown.realtime |= !!setups[shown.tasks++].priority;
		if (!read_step(line, &step))
			continue;
		shown.groups |= lockstep_is_group_operation(step.op);
		shown.realtime |= is(&step, "fifo") || is(&step, "rr");
	}
}

/**
 * lockstep_scenario_run - runs a scenario; its dump, or a line with the reason why there is none,
 * is left in dump.c
 */
void lockstep_scenario_run(const char *text)
{
	int error;

	read_setup(text);
	lockstep_dump_begin(&shown);
	lockstep_groups_begin(shown.tasks);
	error = lockstep_tasks_need(setups, shown.tasks);
	lockstep_clock_hold();
	lockstep_timers_start(shown.tickless);
	if (lockstep_begin() && error)
		lockstep_spoil("no tasks: error %d", error);
	if (!lockstep_spoiled() && lockstep_check() && lockstep_start(setups, shown.tasks, shown.tickless))
		run_steps(text);
	lockstep_dump_end();
	lockstep_free();
	lockstep_groups_leave();
	all_to_fair();
	lockstep_all_to_sleep();
	lockstep_nohz_start(false);
	lockstep_timers_end();
	lockstep_clock_release();
	lockstep_end();
	lockstep_groups_free();
	if (lockstep_spoiled())
		lockstep_dump_failure(lockstep_spoiled());
}
