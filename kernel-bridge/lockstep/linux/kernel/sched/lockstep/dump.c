// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockstep: prints the state of the tested CPUs, of their domains and of our tasks; only lines
 * that changed.
 */
#include <linux/vmalloc.h>
#include "lockstep.h"

#define DUMP_SIZE	(64UL << 20)
#define LINE_SIZE	512
/* Objects: CPUs, domains (at most four levels of each CPU), tasks, nohz. */
#define LEVELS		4
#define NOHZ		(LOCKSTEP_MAX_CPUS * (1 + LEVELS) + LOCKSTEP_MAX_TASKS)
#define OBJECTS		(NOHZ + 1)

static char *text;
static size_t length;
static bool open;
static char (*shown)[LINE_SIZE];
static char line[LINE_SIZE];

void lockstep_dump_begin(void)
{
	length = 0;
	open = true;
	if (!text)
		text = vzalloc(DUMP_SIZE);
	if (!shown)
		shown = vzalloc((size_t)OBJECTS * LINE_SIZE);
	else
		memset(shown, 0, (size_t)OBJECTS * LINE_SIZE);
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
	lockstep_dump_begin();
	lockstep_dump_printf("failed: %s\n", reason);
}

static void show_line(unsigned int object)
{
	if (!strcmp(shown[object], line))
		return;
	strcpy(shown[object], line);
	lockstep_dump_printf("%s", line);
}

static int number_of(struct sched_entity *se)
{
	return se ? lockstep_number(container_of(se, struct task_struct, se)) : -1;
}

static void show_cpu(int cpu)
{
	struct rq *rq = cpu_rq(cpu);
	struct cfs_rq *cfs = &rq->cfs;
	struct sched_avg *avg = &cfs->avg;
	size_t n;

	n = scnprintf(line, LINE_SIZE, " cpu %d curr=%d nr=%u idle_h_nr=%u min_vruntime=%lld weight=%lu",
		      cpu - lockstep_control, lockstep_number(rq->curr), cfs->nr_running, cfs->idle_h_nr_running,
		      cfs->min_vruntime, cfs->load.weight);
	n += scnprintf(line + n, LINE_SIZE - n,
		       " load_avg=%lu runnable_avg=%lu util_avg=%lu load_sum=%llu runnable_sum=%llu util_sum=%u",
		       avg->load_avg, avg->runnable_avg, avg->util_avg, avg->load_sum, avg->runnable_sum,
		       avg->util_sum);
	scnprintf(line + n, LINE_SIZE - n,
		  " util_est=%u next=%d last=%d skip=%d avg_idle=%llu next_balance=%ld\n",
		  avg->util_est.enqueued, number_of(cfs->next), number_of(cfs->last), number_of(cfs->skip),
		  rq->avg_idle, rq->next_balance - lockstep_first_jiffy);
	show_line(cpu);
}

static void show_domains(int cpu)
{
	struct sched_domain *sd;
	int level = 0;

	rcu_read_lock();
	for_each_domain(cpu, sd) {
		scnprintf(line, LINE_SIZE, " sd %d.%d failed=%u interval=%u last_balance=%ld newidle_cost=%llu\n",
			  cpu - lockstep_control, level, sd->nr_balance_failed, sd->balance_interval,
			  sd->last_balance - lockstep_first_jiffy, sd->max_newidle_lb_cost);
		show_line(LOCKSTEP_MAX_CPUS + cpu * LEVELS + level);
		if (++level == LEVELS)
			break;
	}
	rcu_read_unlock();
}

static void show_task(unsigned int number)
{
	struct task_struct *p = lockstep_task(number);
	struct sched_avg *avg;
	size_t n;

	if (!p || lockstep_is_gone(p))
		return;
	avg = &p->se.avg;
	n = scnprintf(line, LINE_SIZE, " task %u cpu=%d on_rq=%d vruntime=%lld exec=%llu", number,
		      task_cpu(p) - lockstep_control, p->on_rq, p->se.vruntime, p->se.sum_exec_runtime);
	n += scnprintf(line + n, LINE_SIZE - n,
		       " load_avg=%lu runnable_avg=%lu util_avg=%lu load_sum=%llu runnable_sum=%llu util_sum=%u contrib=%u",
		       avg->load_avg, avg->runnable_avg, avg->util_avg, avg->load_sum, avg->runnable_sum,
		       avg->util_sum, avg->period_contrib);
	scnprintf(line + n, LINE_SIZE - n, " util_est=%u.%u migrations=%llu flips=%u recent=%d\n",
		  avg->util_est.enqueued, avg->util_est.ewma, p->se.nr_migrations, p->wakee_flips,
		  p->recent_used_cpu - lockstep_control);
	show_line(LOCKSTEP_MAX_CPUS * (1 + LEVELS) + number);
}

/** lockstep_dump_step - the header of a step and every line that changed */
void lockstep_dump_step(int step, const char *operation, unsigned int tasks, bool tickless)
{
	static u64 first_clock;
	unsigned int i;
	int cpu;

	if (step < 0)
		first_clock = lockstep_clock_now();
	lockstep_dump_printf("step %d now=%llu jiffies=%ld %s\n", step, lockstep_clock_now() - first_clock,
			     jiffies - lockstep_first_jiffy, operation);
	if (tickless) {
		lockstep_nohz_print(line, LINE_SIZE);
		show_line(NOHZ);
	}
	for_each_tested_cpu(cpu) {
		show_cpu(cpu);
		show_domains(cpu);
	}
	for (i = 0; i < tasks; i++)
		show_task(i);
}
