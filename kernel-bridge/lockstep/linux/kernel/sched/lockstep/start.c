// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockstep: puts tasks, queues and domains into the state that every scenario starts in
 * (docs/lockstep.md).
 */
#include <linux/sched/isolation.h>
#include <uapi/linux/sched/types.h>
#include "lockstep.h"

/*
 * The clock of a scenario starts at a multiple of this, so that load tracking periods start with
 * it.
 */
#define CLOCK_ALIGN	BIT_ULL(40)

static void reset_averages(struct sched_avg *avg, u64 now)
{
	memset(avg, 0, sizeof(*avg));
	avg->last_update_time = now;
}

static void forget_wakees(struct task_struct *p)
{
	p->wakee_flips = 0;
	p->wakee_flip_decay_ts = jiffies;
	p->last_wakee = NULL;
}

/**
 * lockstep_cursor_to_end - where the kernel takes any CPU of a mask, it takes the next one after a
 * cursor of the CPU it runs on. With that on the highest CPU, the next is the lowest of the mask.
 */
void lockstep_cursor_to_end(void *unused)
{
	const struct cpumask *last = cpumask_of(nr_cpu_ids - 1);

	cpumask_any_and_distribute(last, last);
}

static int reset_task(unsigned int number, const struct lockstep_setup *setup,
		      const struct cpumask *tested)
{
	struct sched_attr attr = {
		.sched_policy = setup->policy,
		.sched_nice = setup->nice,
		.sched_priority = setup->priority,
	};
	int cpu = lockstep_control + number % (nr_cpu_ids - lockstep_control);
	struct task_struct *p = lockstep_task(number);
	struct sched_entity *se = &p->se;
	unsigned long flags;
	int error;

	sched_set_normal(p, setup->nice);	/* SCHED_IDLE and real-time tasks keep a nice value, but take none */
	error = sched_setattr_nocheck(p, &attr) ?: set_cpus_allowed_ptr(p, tested);
	if (error)
		return error;
	raw_spin_lock_irqsave(&p->pi_lock, flags);
	__set_task_cpu(p, cpu);
	p->wake_cpu = cpu;
	p->recent_used_cpu = cpu;
	p->sched_task_hot = 0;
	forget_wakees(p);
	se->exec_start = lockstep_clock_now();
	se->sum_exec_runtime = 0;
	se->prev_sum_exec_runtime = 0;
	se->vruntime = 0;
	se->nr_migrations = 0;
	memset(&se->avg, 0, sizeof(se->avg));
	p->rt.time_slice = LOCKSTEP_RR_SLICE;
	raw_spin_unlock_irqrestore(&p->pi_lock, flags);
	return 0;
}

static void reset_realtime(struct rq *rq)
{
	struct rt_rq *rt = &rq->rt;

	rt->rt_time = 0;
	rt->rt_throttled = 0;
	rt->rt_runtime = def_rt_bandwidth.rt_runtime;
	rq->rd->rto_cpu = -1;
	rq->rd->rto_loop = 0;
	atomic_set(&rq->rd->rto_loop_next, 0);
	atomic_set(&rq->rd->rto_loop_start, 0);
	if (rt->rt_nr_running || rt->rt_queued || rt->overloaded || !plist_head_empty(&rt->pushable_tasks))
		lockstep_spoil("CPU %d has real-time tasks at the start", rq->cpu);
}

/* As when the queue was made: the root group's is no leaf until it gets a task. */
static void reset_leaves(struct rq *rq)
{
	struct cfs_rq *cfs = &rq->cfs;

	if (cfs->on_list)
		list_del_rcu(&cfs->leaf_cfs_rq_list);
	cfs->on_list = 0;
	rq->tmp_alone_branch = &rq->leaf_cfs_rq_list;
	if (!list_empty(&rq->leaf_cfs_rq_list))
		lockstep_spoil("CPU %d has groups at the start", rq->cpu);
}

static void reset_queue(int cpu)
{
	struct rq *rq = cpu_rq(cpu);
	struct cfs_rq *cfs = &rq->cfs;
	u64 now = lockstep_clock_now();
	struct rq_flags rf;
	bool idle;

	rq_lock_irqsave(rq, &rf);
	update_rq_clock(rq);
	idle = rq->curr == rq->idle && !rq->nr_running && !cfs->nr_running;
	rq->clock = now;
	rq->clock_task = now;
	rq->clock_pelt = now;
	rq->clock_idle = now;
	rq->clock_pelt_idle = now;
	rq->lost_idle_time = 0;
	cfs->min_vruntime = 1 << 20;
	cfs->next = NULL;
	cfs->last = NULL;
	cfs->skip = NULL;
	reset_averages(&cfs->avg, now);
	cfs->removed.nr = 0;
	cfs->removed.load_avg = 0;
	cfs->removed.util_avg = 0;
	cfs->removed.runnable_avg = 0;
	cfs->propagate = 0;
	cfs->prop_runnable_sum = 0;
	cfs->h_load = 0;
	cfs->last_h_load_update = jiffies - 1;
	cfs->h_load_next = NULL;
	reset_leaves(rq);
	reset_realtime(rq);
	reset_averages(&rq->avg_rt, now);
	reset_averages(&rq->avg_dl, now);
	rq->cpu_capacity = rq->cpu_capacity_orig;
	rq->next_balance = jiffies;
	rq->idle_stamp = 0;
	rq->avg_idle = 2 * sysctl_sched_migration_cost;
	rq->wake_stamp = jiffies;
	rq->wake_avg_idle = rq->avg_idle;
	rq->max_idle_balance_cost = sysctl_sched_migration_cost;
	rq->has_blocked_load = 0;
	rq->last_blocked_load_update_tick = jiffies;
	rq->misfit_task_load = 0;
	rq->active_balance = 0;
	rq->push_cpu = 0;
	rq->rd->overload = 0;
	rq->rd->overutilized = 0;
	forget_wakees(rq->idle);
	forget_wakees(rq->stop);
	rq_unlock_irqrestore(rq, &rf);
	if (!idle)
		lockstep_spoil("CPU %d is not idle at the start", cpu);
	if (rq->cpu_capacity != SCHED_CAPACITY_SCALE)
		lockstep_spoil("CPU %d has a capacity of %lu", cpu, rq->cpu_capacity);
}

static void reset_groups(struct sched_domain *sd)
{
	struct sched_group *group = sd->groups;

	do {
		group->sgc->capacity = group->group_weight * SCHED_CAPACITY_SCALE;
		group->sgc->min_capacity = SCHED_CAPACITY_SCALE;
		group->sgc->max_capacity = SCHED_CAPACITY_SCALE;
		group->sgc->next_update = jiffies;
		group->sgc->imbalance = 0;
		group = group->next;
	} while (group != sd->groups);
}

static void reset_domains(int cpu)
{
	struct sched_domain *sd;
	int levels = 0;

	rcu_read_lock();
	for_each_domain(cpu, sd) {
		levels++;
		sd->last_balance = jiffies;
		sd->balance_interval = sd->min_interval;
		sd->nr_balance_failed = 0;
		sd->newidle_call = 512;		/* these three as in sd_init() */
		sd->newidle_success = 256;
		sd->newidle_ratio = 512;
		sd->max_newidle_lb_cost = 0;
		sd->last_decay_max_lb_cost = jiffies;
		if (sd->shared) {
			atomic_set(&sd->shared->nr_busy_cpus, 0);
			sd->shared->has_idle_cores = 1;
			sd->shared->nr_idle_scan = sd->span_weight;
		}
		reset_groups(sd);
	}
	rcu_read_unlock();
	if (!levels && cpumask_weight(cpu_rq(cpu)->rd->span) > 1)
		lockstep_spoil("CPU %d has no domain", cpu);
}

/**
 * lockstep_start - resets everything with the clock held; all tasks must sleep. False, with the
 * reason, when something is not as it must be.
 */
bool lockstep_start(const struct lockstep_setup *setups, unsigned int count, bool tickless)
{
	static struct cpumask tested;
	unsigned int i;
	int cpu, error;

	lockstep_clock_start(round_up(lockstep_clock_now() + 1, CLOCK_ALIGN));
	for_each_tested_cpu(cpu) {
		cpumask_set_cpu(cpu, &tested);
		if (!lockstep_run_on(cpu, lockstep_cursor_to_end, NULL))
			return false;
	}
	for (i = 0; i < count; i++) {
		error = setups[i].child ? 0 : reset_task(i, &setups[i], &tested);
		if (error)
			lockstep_spoil("task %u cannot be reset: error %d", i, error);
	}
	for_each_tested_cpu(cpu) {
		reset_queue(cpu);
		reset_domains(cpu);
	}
	lockstep_nohz_start(tickless);
	return !lockstep_spoiled();
}
