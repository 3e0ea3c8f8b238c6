// SPDX-License-Identifier: GPL-2.0-only
/* Lockstep: prints the real-time queues of the tested CPUs. */
#include "lockstep.h"

/** lockstep_dump_realtime - the bandwidth of the class */
void lockstep_dump_realtime(void)
{
	int cpu;
	s64 expiry = lockstep_timer_expiry(&def_rt_bandwidth.rt_period_timer, &cpu);

	lockstep_line_begin(OBJECT_REALTIME, 0);
	lockstep_line(" rtb active=%d timer=%lld timer_cpu=%d", def_rt_bandwidth.rt_period_active, expiry, cpu);
	lockstep_line_end();
}

static void show_queue(int cpu)
{
	struct rq *rq = cpu_rq(cpu);
	struct rt_rq *rt = &rq->rt;

	lockstep_line_begin(OBJECT_RT, cpu);
	lockstep_line(" rt %d nr=%u rr_nr=%u curr=%d next=%d overloaded=%d migratory=%u total=%u queued=%d",
		      cpu - lockstep_control, rt->rt_nr_running, rt->rr_nr_running, rt->highest_prio.curr,
		      rt->highest_prio.next, rt->overloaded, rt->rt_nr_migratory, rt->rt_nr_total, rt->rt_queued);
	lockstep_line(" throttled=%d time=%llu avg_rt=%lu avg_rt_sum=%u capacity=%lu", rt->rt_throttled,
		      rt->rt_time, rq->avg_rt.util_avg, rq->avg_rt.util_sum, rq->cpu_capacity);
	lockstep_line_end();
}

/* Those queued, by priority, and those that may be pushed elsewhere, both in their lists' order. */
static void show_tasks(int cpu)
{
	struct rt_rq *rt = &cpu_rq(cpu)->rt;
	struct task_struct *p;
	int priority;

	lockstep_line_begin(OBJECT_RT_TASKS, cpu);
	lockstep_line(" rtq %d", cpu - lockstep_control);
	for (priority = 0; priority < MAX_RT_PRIO; priority++)
		list_for_each_entry(p, &rt->active.queue[priority], rt.run_list)
			lockstep_line(" %d", lockstep_number(p));
	lockstep_line(" |");
	plist_for_each_entry(p, &rt->pushable_tasks, pushable_tasks)
		lockstep_line(" %d", lockstep_number(p));
	lockstep_line_end();
}

/** lockstep_dump_realtime_queue - the class on this CPU */
void lockstep_dump_realtime_queue(int cpu)
{
	show_queue(cpu);
	show_tasks(cpu);
}
