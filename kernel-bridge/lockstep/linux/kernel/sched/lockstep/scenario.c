// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockstep: reads a scenario and performs its steps. The caller has checked the text
 * (sim/lockstep/scenario.ts).
 */
#include <linux/vmalloc.h>
#include <uapi/linux/sched/types.h>
#include "lockstep.h"

struct step {
	u64	dt;
	char	op[8];
	s64	a;
	s64	b;
};

static struct lockstep_setup setups[LOCKSTEP_MAX_TASKS];
static unsigned int nr_tasks;
static bool tickless;

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

static void renice(void *info)
{
	const struct step *step = info;

	set_user_nice(lockstep_task(step->a), step->b);
}

/*
 * Where a task must move at once, set_cpus_allowed_ptr() takes the next CPU after a cursor of the
 * CPU it runs on. With the cursor on the highest CPU, that is the lowest of the mask.
 */
static void change_affinity(void *info)
{
	const struct cpumask *last = cpumask_of(nr_cpu_ids - 1);
	const struct step *step = info;
	struct cpumask mask = CPU_MASK_NONE;
	int bit;

	for (bit = 0; bit < nr_cpu_ids - lockstep_control; bit++)
		if (step->b & BIT_ULL(bit))
			cpumask_set_cpu(lockstep_control + bit, &mask);
	cpumask_any_and_distribute(last, last);
	if (set_cpus_allowed_ptr(lockstep_task(step->a), &mask))
		lockstep_spoil("the kernel refuses CPU mask %lld", step->b);
}

static void change_policy(void *info)
{
	const struct sched_param param = { .sched_priority = 0 };
	const struct step *step = info;
	int error;

	error = sched_setscheduler_nocheck(lockstep_task(step->a), step->b, &param);
	if (error)
		lockstep_spoil("the kernel refuses policy %lld: error %d", step->b, error);
}

static bool is(const struct step *step, const char *op)
{
	return !strcmp(step->op, op);
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
static bool perform_there(int cpu, struct step *step, bool *nothing)
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
	*nothing = lockstep_number(cpu_rq(cpu)->curr) < 0;
	return *nothing || lockstep_run_on(cpu, lockstep_order, &command);
}

/* What is done to task @p. */
static bool perform_on(struct task_struct *p, struct step *step, bool *nothing)
{
	bool sync = is(step, "sync");

	*nothing = !p || lockstep_is_gone(p);
	if (*nothing)
		return true;
	if (is(step, "nice"))
		return lockstep_act(renice, step);
	if (is(step, "policy"))
		return lockstep_act(change_policy, step);
	if (is(step, "affine"))
		return lockstep_act(change_affinity, step);
	*nothing = p->on_rq;
	return *nothing || lockstep_run_on(lockstep_control + step->b, sync ? wake_sync : wake, p);
}

/* Performs a step to rest; false when something broke. @nothing says that it had no effect. */
static bool perform(struct step *step, bool *nothing)
{
	*nothing = false;
	if (is(step, "tick"))
		return all_tick();
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

static void run_steps(const char *text)
{
	u64 now = lockstep_clock_now();
	char operation[64];
	struct step step;
	const char *line;
	int number = 0;
	bool nothing;

	lockstep_dump_step(-1, "init", nr_tasks, tickless);
	for (line = text; line && !lockstep_spoiled(); line = next_line(line)) {
		if (sscanf(line, "%llu %7s %lld %lld", &step.dt, step.op, &step.a, &step.b) != 4)
			continue;
		now += step.dt;
		lockstep_clock_set(now);
		if (!perform(&step, &nothing))
			return;
		scnprintf(operation, sizeof(operation), "%s %lld %lld%s", step.op, step.a, step.b,
			  nothing ? " (nothing)" : "");
		lockstep_dump_step(number++, operation, nr_tasks, tickless);
		if (!lockstep_jiffies_stood())
			lockstep_spoil("jiffies moved");
		if (lockstep_dump_is_full())
			lockstep_spoil("the dump is too long");
	}
}

static void read_setup(const char *text)
{
	const char *line;

	nr_tasks = 0;
	tickless = !strncmp(text, "nohz\n", 5);
	for (line = text; line && nr_tasks < LOCKSTEP_MAX_TASKS; line = next_line(line)) {
		struct lockstep_setup *setup = &setups[nr_tasks];

		setup->child = !strncmp(line, "child\n", 6);
		if (setup->child || sscanf(line, "task %d %d", &setup->nice, &setup->policy) == 2)
			nr_tasks++;
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
	lockstep_dump_begin();
	error = lockstep_tasks_need(setups, nr_tasks);
	lockstep_clock_hold();
	if (lockstep_begin() && error)
		lockstep_spoil("no tasks: error %d", error);
	if (!lockstep_spoiled() && lockstep_check() && lockstep_start(setups, nr_tasks, tickless))
		run_steps(text);
	lockstep_dump_end();
	lockstep_all_to_sleep();
	lockstep_nohz_start(false);
	lockstep_clock_release();
	lockstep_end();
	if (lockstep_spoiled())
		lockstep_dump_failure(lockstep_spoiled());
}
