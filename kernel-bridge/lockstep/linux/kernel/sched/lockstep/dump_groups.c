// SPDX-License-Identifier: GPL-2.0-only
/* Lockstep: prints the groups, and their queues and entities on the tested CPUs. */
#include "lockstep.h"

static void show_group(int number, struct task_group *tg)
{
	struct cfs_bandwidth *bandwidth = &tg->cfs_bandwidth;
	int period_cpu, slack_cpu;
	s64 period = lockstep_timer_expiry(&bandwidth->period_timer, &period_cpu);
	s64 slack = lockstep_timer_expiry(&bandwidth->slack_timer, &slack_cpu);

	lockstep_line_begin(OBJECT_GROUP, number);
	lockstep_line(" grp %d parent=%d shares=%lu idle=%d load_avg=%ld", number, lockstep_group_parent(number),
		      tg->shares, tg->idle, atomic_long_read(&tg->load_avg));
	lockstep_line(" quota=%lld period=%lld burst=%lld runtime=%lld snap=%lld bw_idle=%d active=%d",
		      bandwidth->quota, ktime_to_ns(bandwidth->period), bandwidth->burst, bandwidth->runtime,
		      bandwidth->runtime_snap, bandwidth->idle, bandwidth->period_active);
	lockstep_line(" timer=%lld timer_cpu=%d slack_started=%d slack=%lld slack_cpu=%d", period, period_cpu,
		      bandwidth->slack_started, slack, slack_cpu);
	lockstep_line(" nr_periods=%d nr_throttled=%d throttled_time=%llu nr_burst=%d burst_time=%llu",
		      bandwidth->nr_periods, bandwidth->nr_throttled, bandwidth->throttled_time,
		      bandwidth->nr_burst, bandwidth->burst_time);
	lockstep_line_end();
}

/* CPUs in the order in which runtime is distributed. */
static void show_throttled(int number, struct task_group *tg)
{
	struct cfs_rq *cfs;

	lockstep_line_begin(OBJECT_THROTTLED, number);
	lockstep_line(" throttled %d", number);
	list_for_each_entry(cfs, &tg->cfs_bandwidth.throttled_cfs_rq, throttled_list)
		lockstep_line(" %d", cpu_of(rq_of(cfs)) - lockstep_control);
	lockstep_line_end();
}

/** lockstep_dump_groups - what a group has once */
void lockstep_dump_groups(void)
{
	int i;

	for (i = 1; i <= LOCKSTEP_MAX_GROUPS; i++) {
		struct task_group *tg = lockstep_group(i);

		if (!tg)
			continue;
		show_group(i, tg);
		show_throttled(i, tg);
	}
}

static void line_removed(const struct cfs_rq *cfs)
{
	lockstep_line(" removed=%d removed_load=%lu removed_util=%lu removed_runnable=%lu", cfs->removed.nr,
		      cfs->removed.load_avg, cfs->removed.util_avg, cfs->removed.runnable_avg);
}

static void show_root(int cpu)
{
	struct cfs_rq *cfs = &cpu_rq(cpu)->cfs;

	lockstep_line_begin(OBJECT_ROOT, cpu);
	lockstep_line(" root %d nr_running=%u idle_nr=%u h_load=%lu propagate=%ld", cpu - lockstep_control,
		      cfs->nr_running, cfs->idle_nr_running, cfs->h_load, cfs->propagate);
	line_removed(cfs);
	lockstep_line_end();
}

static void show_leaves(int cpu)
{
	struct cfs_rq *cfs;

	lockstep_line_begin(OBJECT_LEAVES, cpu);
	lockstep_line(" leaf %d", cpu - lockstep_control);
	list_for_each_entry(cfs, &cpu_rq(cpu)->leaf_cfs_rq_list, leaf_cfs_rq_list)
		lockstep_line(" %d", lockstep_group_number(cfs->tg));
	lockstep_line_end();
}

static void show_queue(int group, int cpu, const struct cfs_rq *cfs)
{
	lockstep_line_begin(OBJECT_CFS, group * LOCKSTEP_MAX_CPUS + cpu);
	lockstep_line(" cfs %d.%d nr_running=%u h_nr=%u idle_nr=%u idle_h_nr=%u min_vruntime=%lld weight=%lu", group,
		      cpu - lockstep_control, cfs->nr_running, cfs->h_nr_running, cfs->idle_nr_running,
		      cfs->idle_h_nr_running, cfs->min_vruntime, cfs->load.weight);
	lockstep_line_averages(&cfs->avg);
	lockstep_line(" contrib=%lu propagate=%ld prop_sum=%ld", cfs->tg_load_avg_contrib, cfs->propagate,
		      cfs->prop_runnable_sum);
	line_removed(cfs);
	lockstep_line(" h_load=%lu curr=%d next=%d last=%d skip=%d idle=%d on_list=%d", cfs->h_load,
		      lockstep_entity_number(cfs->curr), lockstep_entity_number(cfs->next),
		      lockstep_entity_number(cfs->last), lockstep_entity_number(cfs->skip), cfs->idle, cfs->on_list);
	lockstep_line(" enabled=%d remaining=%lld throttled=%d count=%d clock=%lld clock_pelt=%lld",
		      cfs->runtime_enabled, cfs->runtime_remaining, cfs->throttled, cfs->throttle_count,
		      lockstep_since_start(cfs->throttled_clock), lockstep_since_start(cfs->throttled_clock_pelt));
	lockstep_line(" pelt_time=%lld pelt_idle=%lld", cfs->throttled_clock_pelt_time, cfs->throttled_pelt_idle);
	lockstep_line_end();
}

static void show_entity(int group, int cpu, const struct sched_entity *se)
{
	lockstep_line_begin(OBJECT_ENTITY, group * LOCKSTEP_MAX_CPUS + cpu);
	lockstep_line(" se %d.%d on_rq=%u vruntime=%lld weight=%lu exec=%llu", group, cpu - lockstep_control,
		      se->on_rq, se->vruntime, se->load.weight, se->sum_exec_runtime);
	lockstep_line_averages(&se->avg);
	lockstep_line(" contrib=%u runnable=%lu", se->avg.period_contrib, se->runnable_weight);
	lockstep_line_end();
}

/** lockstep_dump_group_queues - what a group has on this CPU */
void lockstep_dump_group_queues(int cpu)
{
	int i;

	show_root(cpu);
	show_leaves(cpu);
	for (i = 1; i <= LOCKSTEP_MAX_GROUPS; i++) {
		struct task_group *tg = lockstep_group(i);

		if (!tg)
			continue;
		show_queue(i, cpu, tg->cfs_rq[cpu]);
		show_entity(i, cpu, tg->se[cpu]);
	}
}

/** lockstep_dump_forget_group - it is no more: another one of its number shows all it has */
void lockstep_dump_forget_group(unsigned int number)
{
	int cpu;

	lockstep_line_forget(OBJECT_GROUP, number);
	lockstep_line_forget(OBJECT_THROTTLED, number);
	for_each_tested_cpu(cpu) {
		lockstep_line_forget(OBJECT_CFS, number * LOCKSTEP_MAX_CPUS + cpu);
		lockstep_line_forget(OBJECT_ENTITY, number * LOCKSTEP_MAX_CPUS + cpu);
	}
}
