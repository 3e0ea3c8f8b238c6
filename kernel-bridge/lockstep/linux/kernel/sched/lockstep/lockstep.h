/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Steps the scheduler of this very kernel through written scenarios at a clock that only the
 * harness moves.
 *
 * CPUs 0 and 1 control. CPUs from lockstep_control on are under test ("the tested CPUs") and appear
 * in dumps counted from 0; others idle. The conductor, whoever reads the dump, runs on CPU 0; what may sleep on its way (a
 * change of affinity waits for the stopper) is done by threads on CPU 1, the actors.
 *
 * Invariants while a scenario is under way:
 *  K1. Clock and jiffies stand still but where a step moves them; the tested CPUs have no timer
 *      interrupts.
 *  K2. At most one tested CPU executes. An interrupt that is sent to a tested CPU is kept, in
 *      order, and handed over when every tested CPU rests: halted, in its idle loop or in a task
 *      of ours, with nothing left to do. To the scheduler that is hardware which takes its time,
 *      and there is no race left to lose. One that wakes a stopper may be held up for longer, if the
 *      scenario says so: until something else interrupts that CPU.
 *  K3. On tested CPUs run idle tasks, stoppers and our tasks, nothing else: a breach spoils the
 *      dump and is reported.
 */
#ifndef _KERNEL_SCHED_LOCKSTEP_H
#define _KERNEL_SCHED_LOCKSTEP_H

#include <linux/sched/clock.h>
#include <linux/sched/cputime.h>
#include "../sched.h"

/* The number of the first tested CPU (lockstep_control= on the command line). */
extern int lockstep_control;

#define LOCKSTEP_MAX_CPUS	64
/* CPUs that control. */
#define LOCKSTEP_CONTROLLERS	2
#define LOCKSTEP_MAX_TASKS	1024
/* Groups are numbered from 1; 0 is the root group, at depth 0 (sim/lockstep/scenario.ts). */
#define LOCKSTEP_MAX_GROUPS	64
#define LOCKSTEP_MAX_DEPTH	5
/* Ticks of a SCHED_RR task's slice. */
#define LOCKSTEP_RR_SLICE	(100 * HZ / MSEC_PER_SEC)

#define for_each_tested_cpu(cpu) \
	for ((cpu) = lockstep_control; (cpu) < nr_cpu_ids; (cpu)++)

static inline bool lockstep_tested(int cpu)
{
	return cpu >= lockstep_control;
}

/* clock.c: sched_clock, jiffies and the ticks */
extern unsigned long lockstep_first_jiffy;
void lockstep_clock_early(void);
int lockstep_clock_init(void);
void lockstep_clock_hold(void);
void lockstep_clock_set(u64 now);
u64 lockstep_clock_now(void);
void lockstep_clock_start(u64 now);
u64 lockstep_elapsed(void);
void lockstep_elapse_to(u64 time);
s64 lockstep_since_start(u64 clock);
void lockstep_jiffies_add(unsigned int count);
bool lockstep_jiffies_stood(void);
void lockstep_clock_release(void);
bool lockstep_has_tick(int cpu);

/* check.c: what a dump relies on */
void lockstep_tunables_set(void);
bool lockstep_check(void);
u64 lockstep_bandwidth_slice(void);	/* observe.h, as it is private to fair.c */

/* rest.c: one CPU at a time */
int lockstep_rest_early(void);
void lockstep_rest_init(void);
void lockstep_at_rest(void);
bool lockstep_begin(void);
void lockstep_end(void);
bool lockstep_run_on(int cpu, void (*function)(void *info), void *info);
bool lockstep_settle(void);
bool lockstep_holds(void);
void lockstep_hold(void);
bool lockstep_free(void);
bool lockstep_let_stopper_in(int cpu);
void lockstep_spoil(const char *format, ...) __printf(1, 2);
const char *lockstep_spoiled(void);

/* A step of a scenario: DT OP A B. */
struct lockstep_step {
	u64	dt;
	char	op[8];
	s64	a;
	s64	b;
};

/* Changes of affinity while stoppers are held up (sim/lockstep/scenario.ts). */
#define LOCKSTEP_MAX_HELD_CHANGES	8

/* actor.c: what may sleep */
int lockstep_actors_init(void);
bool lockstep_act(void (*function)(const struct lockstep_step *step), const struct lockstep_step *step);
bool lockstep_acts_end(void);
bool lockstep_is_actor(struct task_struct *p);

/* tasks.c: the tasks of the scenario */
struct lockstep_setup {
	bool child;
	int nice;
	int policy;
	int priority;
};

enum lockstep_order {
	ORDER_NONE, ORDER_BLOCK, ORDER_YIELD, ORDER_FORK, ORDER_EXEC, ORDER_EXIT
};

struct lockstep_command {
	enum lockstep_order order;
	int child;
};

int lockstep_tasks_need(const struct lockstep_setup *setups, unsigned int count);
struct task_struct *lockstep_task(unsigned int number);
bool lockstep_is_gone(struct task_struct *p);
bool lockstep_doom(unsigned int number);
int lockstep_number(struct task_struct *p);
void lockstep_order(void *info);
bool lockstep_all_to_sleep(void);

/* groups.c: task groups */
struct task_group *lockstep_group(unsigned int number);
int lockstep_group_number(const struct task_group *tg);
int lockstep_group_parent(unsigned int number);
bool lockstep_is_group_operation(const char *op);
bool lockstep_group_step(const struct lockstep_step *step, bool *nothing);
void lockstep_groups_begin(unsigned int tasks);
bool lockstep_groups_leave(void);
void lockstep_groups_free(void);

/* timers.c: those of bandwidth control */
void lockstep_timers_start(bool nohz);
void lockstep_timers_end(void);
bool lockstep_timers_run(u64 time);
s64 lockstep_timer_expiry(const struct hrtimer *timer, int *cpu);

/* start.c: the state every scenario starts in */
void lockstep_cursor_to_end(void *unused);
bool lockstep_start(const struct lockstep_setup *setups, unsigned int count, bool tickless);

/* nohz.c: idle CPUs that stop their ticks, where a scenario wants that */
void lockstep_nohz_start(bool on);
bool lockstep_ticks(int cpu);
void lockstep_idle_halts(int cpu);
/* and observe.h, as the state is private to fair.c */
void lockstep_nohz_reset(bool tickless);
void lockstep_nohz_print(void);

/* dump.c: what is printed */
struct lockstep_shown {
	unsigned int	tasks;
	bool		tickless;
	bool		groups;
	bool		realtime;
};

void lockstep_dump_begin(const struct lockstep_shown *shown);
void lockstep_dump_end(void);
void lockstep_dump_step(int step, const char *operation);
void lockstep_dump_printf(const char *format, ...) __printf(1, 2);
void lockstep_dump_failure(const char *reason);
bool lockstep_dump_is_full(void);
char *lockstep_dump_text(size_t *length);
/* A line is begun with the number of what it shows, added to, and printed at its end if it has changed. */
enum lockstep_object {
	OBJECT_NOHZ,
	OBJECT_REALTIME,
	OBJECT_CPU,		/* these by CPU */
	OBJECT_ROOT,
	OBJECT_LEAVES,
	OBJECT_RT,
	OBJECT_RT_TASKS,
	OBJECT_DOMAIN,		/* by CPU and level */
	OBJECT_TASK,		/* by task */
	OBJECT_GROUP,		/* by group */
	OBJECT_THROTTLED,
	OBJECT_CFS,		/* by group and CPU */
	OBJECT_ENTITY,
	OBJECTS
};

void lockstep_line_begin(enum lockstep_object object, unsigned int number);
void lockstep_line(const char *format, ...) __printf(1, 2);
void lockstep_line_end(void);
void lockstep_line_forget(enum lockstep_object object, unsigned int number);
void lockstep_line_averages(const struct sched_avg *avg);
int lockstep_entity_number(const struct sched_entity *se);
/* dump_groups.c */
void lockstep_dump_groups(void);
void lockstep_dump_group_queues(int cpu);
void lockstep_dump_forget_group(unsigned int number);
/* dump_realtime.c */
void lockstep_dump_realtime(void);
void lockstep_dump_realtime_queue(int cpu);

/*
 * scenario.c: runs the text of a scenario; the dump holds the result or one line that begins with
 * "failed:"
 */
void lockstep_scenario_run(const char *text);

#endif
