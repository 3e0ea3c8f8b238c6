// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockstep: prints the state of the tested CPUs, of their domains and of our tasks; only lines
 * that changed.
 */
#include <linux/vmalloc.h>
#include "lockstep.h"

#define DUMP_SIZE	(64UL << 20)
#define LINE_SIZE	1024
/* Domains of a CPU, at most. */
#define LEVELS		4

/* How many lines of each object there are. */
static const unsigned int counts[OBJECTS] = {
	[OBJECT_NOHZ]		= 1,
	[OBJECT_REALTIME]	= 1,
	[OBJECT_CPU]		= LOCKSTEP_MAX_CPUS,
	[OBJECT_ROOT]		= LOCKSTEP_MAX_CPUS,
	[OBJECT_LEAVES]		= LOCKSTEP_MAX_CPUS,
	[OBJECT_RT]		= LOCKSTEP_MAX_CPUS,
	[OBJECT_RT_TASKS]	= LOCKSTEP_MAX_CPUS,
	[OBJECT_DOMAIN]		= LOCKSTEP_MAX_CPUS * LEVELS,
	[OBJECT_TASK]		= LOCKSTEP_MAX_TASKS,
	[OBJECT_GROUP]		= 1 + LOCKSTEP_MAX_GROUPS,
	[OBJECT_THROTTLED]	= 1 + LOCKSTEP_MAX_GROUPS,
	[OBJECT_CFS]		= (1 + LOCKSTEP_MAX_GROUPS) * LOCKSTEP_MAX_CPUS,
	[OBJECT_ENTITY]		= (1 + LOCKSTEP_MAX_GROUPS) * LOCKSTEP_MAX_CPUS,
};

static char *text;
static size_t length;
static bool open;
static struct lockstep_shown shows;
/* The lines printed last, of all objects in turn. */
static char (*shown)[LINE_SIZE];
static char line[LINE_SIZE];
static size_t line_length;
static char *line_shown;

static char *shown_line(enum lockstep_object object, unsigned int number)
{
	while (object--)
		number += counts[object];
	return shown[number];
}

static size_t shown_size(void)
{
	return shown_line(OBJECTS, 0) - shown[0];
}

void lockstep_dump_begin(const struct lockstep_shown *what)
{
	length = 0;
	open = true;
	shows = *what;
	if (!text)
		text = vzalloc(DUMP_SIZE);
	if (!shown)
		shown = vzalloc(shown_size());
	else
		memset(shown, 0, shown_size());
}

/** lockstep_dump_end - what happens from here on is not shown */
void lockstep_dump_end(void)
{
	open = false;
}

bool lockstep_dump_is_full(void)
{
	return !text || !shown || length >= DUMP_SIZE - 1;
}

char *lockstep_dump_text(size_t *size)
{
	*size = text ? length : 0;
	return text;
}

/* Called under run queue locks too: no allocation here. */
void lockstep_dump_printf(const char *format, ...)
{
	va_list args;

	if (!open || lockstep_dump_is_full())
		return;
	va_start(args, format);
	length += vscnprintf(text + length, DUMP_SIZE - length, format, args);
	va_end(args);
}

/** lockstep_dump_failure - instead of a dump, why there is none */
void lockstep_dump_failure(const char *reason)
{
	const struct lockstep_shown nothing = {};

	lockstep_dump_begin(&nothing);
	lockstep_dump_printf("failed: %s\n", reason);
}

void lockstep_line_begin(enum lockstep_object object, unsigned int number)
{
	line_length = 0;
	line_shown = shown_line(object, number);
}

void lockstep_line(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line_length += vscnprintf(line + line_length, LINE_SIZE - line_length, format, args);
	va_end(args);
}

void lockstep_line_end(void)
{
	if (line_length >= LINE_SIZE - 2)
		lockstep_spoil("a line is too long: %.40s", line);
	if (!strcmp(line_shown, line))
		return;
	strcpy(line_shown, line);
	lockstep_dump_printf("%s\n", line);
}

/** lockstep_line_forget - if it is shown again, then as if never before */
void lockstep_line_forget(enum lockstep_object object, unsigned int number)
{
	shown_line(object, number)[0] = 0;
}

void lockstep_line_averages(const struct sched_avg *avg)
{
	lockstep_line(" load_avg=%lu runnable_avg=%lu util_avg=%lu load_sum=%llu runnable_sum=%llu util_sum=%u",
		      avg->load_avg, avg->runnable_avg, avg->util_avg, avg->load_sum, avg->runnable_sum,
		      avg->util_sum);
}

/** lockstep_entity_number - a task's number, -1 for none, and -1 less its number for a group */
int lockstep_entity_number(const struct sched_entity *se)
{
	if (!se)
		return -1;
	if (entity_is_task(se))
		return lockstep_number(container_of(se, struct task_struct, se));
	return -1 - lockstep_group_number(se->my_q->tg);
}

static void show_cpu(int cpu)
{
	struct rq *rq = cpu_rq(cpu);
	struct cfs_rq *cfs = &rq->cfs;

	lockstep_line_begin(OBJECT_CPU, cpu);
	lockstep_line(" cpu %d curr=%d nr=%u idle_h_nr=%u min_vruntime=%lld weight=%lu", cpu - lockstep_control,
		      lockstep_number(rq->curr), cfs->h_nr_running, cfs->idle_h_nr_running, cfs->min_vruntime,
		      cfs->load.weight);
	lockstep_line_averages(&cfs->avg);
	lockstep_line(" util_est=%u next=%d last=%d skip=%d avg_idle=%llu next_balance=%ld",
		      cfs->avg.util_est.enqueued, lockstep_entity_number(cfs->next),
		      lockstep_entity_number(cfs->last), lockstep_entity_number(cfs->skip), rq->avg_idle,
		      rq->next_balance - lockstep_first_jiffy);
	lockstep_line_end();
}

static void show_domains(int cpu)
{
	struct sched_domain *sd;
	int level = 0;

	rcu_read_lock();
	for_each_domain(cpu, sd) {
		lockstep_line_begin(OBJECT_DOMAIN, cpu * LEVELS + level);
		lockstep_line(" sd %d.%d failed=%u interval=%u last_balance=%ld newidle_cost=%llu",
			      cpu - lockstep_control, level, sd->nr_balance_failed, sd->balance_interval,
			      sd->last_balance - lockstep_first_jiffy, sd->max_newidle_lb_cost);
		lockstep_line_end();
		if (++level == LEVELS)
			break;
	}
	rcu_read_unlock();
}

static void show_task(unsigned int number)
{
	struct task_struct *p = lockstep_task(number);
	struct sched_avg *avg;

	if (!p || lockstep_is_gone(p))
		return;
	avg = &p->se.avg;
	lockstep_line_begin(OBJECT_TASK, number);
	lockstep_line(" task %u cpu=%d on_rq=%d vruntime=%lld exec=%llu", number, task_cpu(p) - lockstep_control,
		      p->on_rq, p->se.vruntime, p->se.sum_exec_runtime);
	lockstep_line_averages(avg);
	lockstep_line(" contrib=%u util_est=%u.%u migrations=%llu flips=%u recent=%d", avg->period_contrib,
		      avg->util_est.enqueued, avg->util_est.ewma, p->se.nr_migrations, p->wakee_flips,
		      p->recent_used_cpu - lockstep_control);
	if (shows.groups)
		lockstep_line(" group=%d", lockstep_group_number(p->sched_task_group));
	if (shows.realtime)
		lockstep_line(" prio=%d slice=%u", p->prio, p->rt.time_slice);
	lockstep_line_end();
}

static void show_all(void)
{
	unsigned int i;
	int cpu;

	if (shows.tickless) {
		lockstep_line_begin(OBJECT_NOHZ, 0);
		lockstep_nohz_print();
		lockstep_line_end();
	}
	if (shows.realtime)
		lockstep_dump_realtime();
	if (shows.groups)
		lockstep_dump_groups();
	for_each_tested_cpu(cpu) {
		show_cpu(cpu);
		show_domains(cpu);
		if (shows.groups)
			lockstep_dump_group_queues(cpu);
		if (shows.realtime)
			lockstep_dump_realtime_queue(cpu);
	}
	for (i = 0; i < shows.tasks; i++)
		show_task(i);
}

/** lockstep_dump_step - the header of a step and every line that changed */
void lockstep_dump_step(int step, const char *operation)
{
	lockstep_dump_printf("step %d now=%llu jiffies=%ld %s\n", step, lockstep_elapsed(),
			     jiffies - lockstep_first_jiffy, operation);
	show_all();
}
