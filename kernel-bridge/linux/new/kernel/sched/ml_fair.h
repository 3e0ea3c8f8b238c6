/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hooks of can_migrate_task(): included by fair.c, because they look into
 * struct lb_env and call helpers that are private to that file.
 *
 * Order of a call: ml_fair_begin(), the stock function, inside it (after the
 * hard refusals and the question of heat) ml_fair_decide(), then ml_fair_end().
 * All four run under the source run queue's lock with interrupts off. The hooks
 * can be switched on or off in the middle of a call: ml_call.open is true only
 * between a begin and its end, and without it nothing is decided.
 */
#ifndef _KERNEL_SCHED_ML_FAIR_H
#define _KERNEL_SCHED_ML_FAIR_H

#ifdef CONFIG_ML_FORCE_MIGRATIONS

#include <linux/ml_migrate.h>
#include <trace/events/ml_migrate.h>

/* Compiled here, so that a decision goes through one function: see M5. */
#include "../ml_migrate/nt_infer.c"

/* Here, beside the tunables that the stock function reads: M5. */
struct ml_state ml_state __read_mostly = {
	.use_float = !IS_ENABLED(CONFIG_FIXED_POINT_ML),
};

static enum ml_context ml_fair_context(const struct lb_env *env)
{
	if (env->flags & LBF_ACTIVE_LB)
		return ML_CTX_ACTIVE;
	if (env->idle == CPU_NEWLY_IDLE)
		return ML_CTX_NEWLY_IDLE;
	return env->dst_cpu == smp_processor_id() ? ML_CTX_SOFTIRQ : ML_CTX_NOHZ;
}

static u64 ml_fair_buddy(struct task_struct *p)
{
	struct cfs_rq *cfs_rq = cfs_rq_of(&p->se);

	return &p->se == cfs_rq->next || &p->se == cfs_rq->last;
}

/* Fills in a feature if it is asked for. */
#define ML_FEATURE(name, value)							\
do {										\
	if (needed & BIT_ULL(NT_F_##name))					\
		feature[NT_F_##name] = (value);					\
} while (0)

/* The features from one enumerator to another. */
#define ML_FEATURES(first, last) GENMASK_ULL(NT_F_##last, NT_F_##first)

/**
 * ml_fair_gather() - the features of the call
 * @p: the task
 * @env: the balancing pass
 * @needed: bit i asks for feature i
 * @feature: where to, signed ones in two's complement
 *
 * A bit test each and no loop with a switch: an indirect jump per feature would
 * cost more than all the tests, with mitigations above all.
 */
static __always_inline void ml_fair_gather(struct task_struct *p, struct lb_env *env,
					   u64 needed, u64 *feature)
{
	const struct cfs_rq *src = &env->src_rq->cfs;
	const struct cfs_rq *dst = &env->dst_rq->cfs;

	if (needed & ML_FEATURES(PID, START_RUNTIME)) {
		ML_FEATURE(PID, p->pid);
		ML_FEATURE(TS, ktime_get_mono_fast_ns());
		ML_FEATURE(TASK_LOAD_AVG, READ_ONCE(p->se.avg.load_avg));
		ML_FEATURE(TASK_UTIL_AVG, READ_ONCE(p->se.avg.util_avg));
		ML_FEATURE(TASK_VRUNTIME, p->se.vruntime);
		ML_FEATURE(TASK_NR_MIGRATIONS, p->se.nr_migrations);
		ML_FEATURE(START_RUNTIME, p->se.exec_start);
	}
	if (needed & ML_FEATURES(DST_RQ_LOAD, SRC_RQ_UTIL_AVG)) {
		ML_FEATURE(DST_RQ_LOAD, READ_ONCE(dst->load.weight));
		ML_FEATURE(DST_RQ_LOAD_AVG, READ_ONCE(dst->avg.load_avg));
		ML_FEATURE(DST_RQ_NR_RUNNING, READ_ONCE(dst->nr_running));
		ML_FEATURE(DST_RQ_UTIL_AVG, READ_ONCE(dst->avg.util_avg));
		ML_FEATURE(SRC_RQ_LOAD, src->load.weight);
		ML_FEATURE(SRC_RQ_LOAD_AVG, READ_ONCE(src->avg.load_avg));
		ML_FEATURE(SRC_RQ_NR_RUNNING, src->nr_running);
		ML_FEATURE(SRC_RQ_UTIL_AVG, READ_ONCE(src->avg.util_avg));
	}
	if (needed & ML_FEATURES(IMBALANCE, DELTA)) {
		ML_FEATURE(IMBALANCE, env->imbalance);
		ML_FEATURE(SD_CACHE_NICE_TRIES, env->sd->cache_nice_tries);
		ML_FEATURE(CPU_IDLE, env->idle == CPU_IDLE);
		ML_FEATURE(CPU_NEWLY_IDLE, env->idle == CPU_NEWLY_IDLE);
		ML_FEATURE(SD_NR_BALANCE_FAILED, READ_ONCE(env->sd->nr_balance_failed));
		ML_FEATURE(DELTA, rq_clock_task(env->src_rq) - p->se.exec_start);
	}
	if (needed & ML_FEATURES(SRC_CPU, COLDNESS)) {
		ML_FEATURE(SRC_CPU, env->src_cpu);
		ML_FEATURE(DST_CPU, env->dst_cpu);
		ML_FEATURE(TASK_RUNNING, task_on_cpu(env->src_rq, p));
		ML_FEATURE(TASK_AFFINE, cpumask_test_cpu(env->dst_cpu, p->cpus_ptr));
		ML_FEATURE(TASK_THROTTLED,
			   throttled_lb_pair(task_group(p), env->src_cpu, env->dst_cpu));
		ML_FEATURE(TASK_PERCPU_KTHREAD, kthread_is_per_cpu(p));
		ML_FEATURE(TASK_BUDDY, ml_fair_buddy(p));
		ML_FEATURE(TASK_POLICY, p->policy);
		ML_FEATURE(TASK_NICE, task_nice(p));
		ML_FEATURE(LB_ACTIVE, !!(env->flags & LBF_ACTIVE_LB));
		ML_FEATURE(LB_LOOP, env->loop);
		ML_FEATURE(SD_SHARE_CAPACITY, !!(env->sd->flags & SD_SHARE_CPUCAPACITY));
		ML_FEATURE(COLDNESS, nt_coldness(rq_clock_task(env->src_rq) - p->se.exec_start,
						 sysctl_sched_migration_cost));
	}
}

/* All features, and nothing left over from an earlier call. */
static noinline void ml_fair_fill(struct task_struct *p, struct lb_env *env,
				  struct ml_call *call)
{
	call->traced = true;
	call->used_float = false;
	call->logit = 0;
	call->serial = 0;
	ml_fair_gather(p, env, GENMASK_ULL(NT_NR_FEATURES - 1, 0), call->feature);
}

/* Entered when a mode is on or the tracepoint is. */
static __always_inline void ml_fair_begin(struct task_struct *p, struct lb_env *env)
{
	struct ml_call *call = this_cpu_ptr(&ml_cpu.call);

	call->open = true;
	call->traced = false;
	call->positive = -1;
	call->cfs = -1;
	if (trace_ml_can_migrate_enabled())
		ml_fair_fill(p, env, call);
}

/*
 * What a prediction makes of CFS's answer. A model of forced migrations says
 * nothing on calls that CFS would settle without force.
 */
static int ml_fair_verdict(int mode, int target, bool positive, int cfs, bool hot)
{
	int move = hot ? 2 : 1;

	if (mode == ML_PREMIGRATE)
		return positive && !cfs ? move : cfs;
	if (target == NT_T_MIGRATE)
		return positive ? move : 0;
	if (target == NT_T_FORCED_EVENTUALLY)
		return positive ? move : cfs;
	if (positive)
		return move;
	return cfs == 2 ? 0 : cfs;
}

/* In integers, unless floating point is asked for and may be used. */
static __always_inline bool ml_fair_infer(const struct ml_model *model, struct ml_call *call)
{
	bool positive;

	call->serial = model->serial;
	if (READ_ONCE(ml_state.use_float) && ml_infer_float(model, call))
		return call->positive;
	if (likely(model->net.path == NT_PATH_SMALL))
		call->logit = nt_logit_small(&model->net, call->feature);
	else
		call->logit = nt_logit(&model->net, call->feature);
	positive = nt_positive(&model->net, call->logit);
	call->positive = positive;
	return positive;
}

/**
 * ml_fair_decide() - the model's answer to a call that CFS does not refuse
 * @p: the task
 * @env: the balancing pass
 * @hot: what CFS thinks of the task's cache
 *
 * Return: 0 stay, 1 migrate, 2 migrate although hot; -1: let CFS decide.
 */
static __always_inline int ml_fair_decide(struct task_struct *p, struct lb_env *env, bool hot)
{
	struct ml_cpu *this = this_cpu_ptr(&ml_cpu);
	struct ml_counters *count = &this->count;
	struct ml_call *call = &this->call;
	int mode = READ_ONCE(ml_state.mode);
	const struct ml_model *model;
	bool positive, hard;
	int cfs, verdict;

	if (!call->open) /* switched on in the middle of this call */
		return -1;
	hard = env->sd->nr_balance_failed > env->sd->cache_nice_tries;
	cfs = 1;
	if (hot)
		cfs = hard ? 2 : 0;
	call->cfs = cfs;
	if (mode == ML_OFF)
		return -1;
	model = ml_model_of(p);
	if (!model) {
		count->no_model++;
		return -1;
	}
	if (!call->traced)
		ml_fair_gather(p, env, model->net.needed, call->feature);
	positive = ml_fair_infer(model, call);
	count->outcome[cfs][positive]++;
	if (mode == ML_SHADOW)
		return -1;
	verdict = ml_fair_verdict(mode, model->net.target, positive, cfs, hot);
	if (!verdict != !cfs) {
		count->overruled++;
		if (cfs)
			count->vetoed++;
	}
	if (cfs && hard)
		count->hard[!!verdict]++;
	return verdict;
}

static noinline void ml_fair_trace(struct task_struct *p, struct lb_env *env,
				   const struct ml_call *call, int ret)
{
	struct ml_row row = {
		.call = call,
		.comm = p->comm,
#ifdef CONFIG_SCHED_DEBUG
		.level = env->sd->name,
#else
		.level = "",
#endif
		.migration_type = env->migration_type,
		.migration = ret,
		.mode = READ_ONCE(ml_state.mode),
	};

	trace_ml_can_migrate(&row);
}

static __always_inline void ml_fair_end(struct task_struct *p, struct lb_env *env, int ret)
{
	struct ml_cpu *this = this_cpu_ptr(&ml_cpu);
	struct ml_counters *count = &this->count;
	struct ml_call *call = &this->call;

	call->open = false;
	count->calls[ml_fair_context(env)]++;
	if (call->cfs < 0) {
		if (ret)
			count->active++;
		else
			count->refused++;
	}
	if (unlikely(call->traced))
		ml_fair_trace(p, env, call, ret);
}

/* Four buckets an octave; below 4 cycles one each. */
static int ml_fair_bucket(u64 cycles)
{
	int octave;

	if (cycles < 4)
		return cycles;
	octave = __fls(cycles);
	return min_t(int, 4 * (octave - 1) + (cycles >> (octave - 2) & 3), ML_NR_BUCKETS - 1);
}

/* Latency statistics, when switched on: in mode off too, so as to compare. */
static noinline void ml_fair_time(struct lb_env *env, u64 begin)
{
	u64 cycles = rdtsc_ordered() - begin;
	struct ml_latency *latency = this_cpu_ptr(&ml_latency);
	enum ml_context context = ml_fair_context(env);
	enum ml_timed what = ML_TIMED_STOCK;
	int mode = READ_ONCE(ml_state.mode);

	if (mode == ML_SHADOW)
		what = ML_TIMED_SHADOW;
	else if (mode != ML_OFF)
		what = READ_ONCE(ml_state.use_float) ? ML_TIMED_FLOAT : ML_TIMED_FIXED;
	latency->timed[what][context]++;
	latency->cycles[what][context] += cycles;
	latency->histogram[what][context][ml_fair_bucket(cycles)]++;
}

/**
 * ml_fair_answer() - the hook inside the stock function
 * @p: the task
 * @env: the balancing pass
 * @hot: what CFS thinks of the task's cache
 *
 * Does the book-keeping that CFS does for the same answer, so that statistics
 * keep their meaning. Return: the answer, or -1 to go on with CFS.
 */
static __always_inline int ml_fair_answer(struct task_struct *p, struct lb_env *env, bool hot)
{
	int verdict;

	if (!static_branch_unlikely(&ml_hook_key))
		return -1;
	verdict = ml_fair_decide(p, env, hot);
	if (verdict == 2)
		p->sched_task_hot = 1;
	else if (!verdict && hot)
		schedstat_inc(p->stats.nr_failed_migrations_hot);
	return verdict;
}

static int cfs_can_migrate_task(struct task_struct *p, struct lb_env *env);

/*
 * can_migrate_task - may task p from runqueue rq be migrated to this_cpu?
 *
 * Returns 0 to stay, 1 to migrate, 2 to migrate although cache-hot. A function
 * of its own even when the hooks are off, so that probes find it.
 */
static noinline __nt_hot int can_migrate_task(struct task_struct *p, struct lb_env *env)
{
	bool hooked = false;
	u64 begin = 0;
	int ret;

	if (static_branch_unlikely(&ml_time_key))
		begin = rdtsc_ordered();
	if (static_branch_unlikely(&ml_hook_key)) {
		hooked = true;
		ml_fair_begin(p, env);
	}
	ret = cfs_can_migrate_task(p, env);
	if (unlikely(hooked))
		ml_fair_end(p, env, ret);
	if (unlikely(begin))
		ml_fair_time(env, begin);
	return ret;
}

static void ml_fair_detach(struct task_struct *p, struct lb_env *env)
{
	trace_ml_detach(p->pid, env->src_cpu, env->dst_cpu);
}

/* A look without locks: a wrong answer now and then does no harm. */
bool ml_fair_unbalanced(void)
{
	bool idle = false, waiting = false;
	int cpu;

	for_each_online_cpu(cpu) {
		if (idle_cpu(cpu))
			idle = true;
		else if (READ_ONCE(cpu_rq(cpu)->cfs.h_nr_running) > 1)
			waiting = true;
	}
	return idle && waiting;
}

#else /* !CONFIG_ML_FORCE_MIGRATIONS */

#define cfs_can_migrate_task can_migrate_task

static inline int ml_fair_answer(struct task_struct *p, struct lb_env *env, bool hot)
{
	return -1;
}

static inline void ml_fair_detach(struct task_struct *p, struct lb_env *env)
{
}

#endif /* CONFIG_ML_FORCE_MIGRATIONS */
#endif /* _KERNEL_SCHED_ML_FAIR_H */
