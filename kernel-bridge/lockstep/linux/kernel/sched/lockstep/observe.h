/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lockstep: included in fair.c right after can_migrate_task(). Its callers get the answer by way
 * of this function, which prints the call and changes nothing.
 */
#include "lockstep.h"

static int lockstep_can_migrate_task(struct task_struct *p, struct lb_env *env)
{
	int answer = can_migrate_task(p, env);
	s64 delta = rq_clock_task(env->src_rq) - p->se.exec_start;

	if (!lockstep_tested(env->dst_cpu) || lockstep_number(p) < 0)
		return answer;
	lockstep_dump_printf("  cmt task=%d src=%d dst=%d idle=%d imbalance=%ld type=%d failed=%u",
			     lockstep_number(p), env->src_cpu - lockstep_control, env->dst_cpu - lockstep_control,
			     env->idle, env->imbalance, env->migration_type, env->sd->nr_balance_failed);
	lockstep_dump_printf(" nice_tries=%u level=%d flags=%u delta=%lld ret=%d hot=%u\n",
			     env->sd->cache_nice_tries, env->sd->level, env->flags, p->se.exec_start ? delta : -1,
			     answer, p->sched_task_hot);
	return answer;
}

#define can_migrate_task lockstep_can_migrate_task

u64 lockstep_bandwidth_slice(void)
{
	return sched_cfs_bandwidth_slice();
}

/** lockstep_nohz_reset - the start: all tested CPUs idle without ticks, or none */
void lockstep_nohz_reset(bool tickless)
{
	int cpu;

	cpumask_clear(nohz.idle_cpus_mask);
	for_each_tested_cpu(cpu)
		if (tickless)
			cpumask_set_cpu(cpu, nohz.idle_cpus_mask);
	atomic_set(&nohz.nr_cpus, cpumask_weight(nohz.idle_cpus_mask));
	nohz.has_blocked = 0;
	nohz.needs_update = 0;
	nohz.next_balance = jiffies;
	nohz.next_blocked = jiffies;
}

void lockstep_nohz_print(void)
{
	struct sched_domain_shared *shared;

	rcu_read_lock();
	shared = rcu_dereference(per_cpu(sd_llc_shared, lockstep_control));
	lockstep_line(" nohz idle=%lu blocked=%d update=%d next_balance=%ld next_blocked=%ld busy=%d",
		      *cpumask_bits(nohz.idle_cpus_mask) >> lockstep_control, nohz.has_blocked,
		      nohz.needs_update, nohz.next_balance - lockstep_first_jiffy,
		      nohz.next_blocked - lockstep_first_jiffy,
		      shared ? atomic_read(&shared->nr_busy_cpus) : 0);
	rcu_read_unlock();
}
