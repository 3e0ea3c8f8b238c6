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
			     lockstep_number(p), env->src_cpu - LOCKSTEP_CONTROL, env->dst_cpu - LOCKSTEP_CONTROL,
			     env->idle, env->imbalance, env->migration_type, env->sd->nr_balance_failed);
	lockstep_dump_printf(" nice_tries=%u level=%d flags=%u delta=%lld ret=%d hot=%u\n",
			     env->sd->cache_nice_tries, env->sd->level, env->flags, p->se.exec_start ? delta : -1,
			     answer, p->sched_task_hot);
	return answer;
}

#define can_migrate_task lockstep_can_migrate_task
