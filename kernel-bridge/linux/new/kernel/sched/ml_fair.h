/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hooks of can_migrate_task(): included by fair.c, because they look into
 * struct lb_env and call helpers that are private to that file.
 *
 * A call in mode decide or premigrate: the stock function, and inside it (after
 * the hard refusals and the question of heat) ml_fair_decide(), which asks only
 * where the answer matters and leaves nothing behind but a count or two. Where
 * somebody watches (mode shadow, the tracepoint), ml_fair_begin() comes before
 * and ml_fair_end() after it, and ml_fair_watched() decides and writes down why.
 * All run under the source run queue's lock with interrupts off. Watching can
 * begin in the middle of a call: ml_call.open is true only between a begin and
 * its end, and without it nothing is written down.
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

/* Somebody watches this call. */
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

/**
 * ml_fair_link() - prepare a model for ml_fair_decide()
 * @model: a model that nobody uses yet
 *
 * Tells each input where its word is kept, so that a decision reads it there.
 */
void ml_fair_link(struct ml_model *model)
{
#define ML_LINK(name, place, type, member, bits)				\
	[NT_F_##name] = { ML_IN_##place, (bits), offsetof(type, member) }
#define ML_TASK(name, member, bits)	ML_LINK(name, TASK, struct task_struct, member, bits)
#define ML_ENV(name, member, bits)	ML_LINK(name, ENV, struct lb_env, member, bits)
#define ML_DOMAIN(name, member)		ML_LINK(name, DOMAIN, struct sched_domain, member, 32)
#define ML_SRC(name, member, bits)	ML_LINK(name, SRC, struct cfs_rq, member, bits)
#define ML_DST(name, member, bits)	ML_LINK(name, DST, struct cfs_rq, member, bits)
#define ML_MADE(name, what)							\
	[NT_F_##name] = { ML_IN_MADE, 64, ML_MADE_##what * sizeof(u64) }
	static const struct {
		u8 place;
		u8 bits;
		u16 offset;
	} links[NT_NR_FEATURES] = {
		ML_TASK(PID, pid, 32),
		ML_MADE(TS, TS),
		ML_TASK(TASK_LOAD_AVG, se.avg.load_avg, 64),
		ML_TASK(TASK_UTIL_AVG, se.avg.util_avg, 64),
		ML_TASK(TASK_VRUNTIME, se.vruntime, 64),
		ML_TASK(TASK_NR_MIGRATIONS, se.nr_migrations, 64),
		ML_TASK(START_RUNTIME, se.exec_start, 64),
		ML_DST(DST_RQ_LOAD, load.weight, 64),
		ML_DST(DST_RQ_LOAD_AVG, avg.load_avg, 64),
		ML_DST(DST_RQ_NR_RUNNING, nr_running, 32),
		ML_DST(DST_RQ_UTIL_AVG, avg.util_avg, 64),
		ML_SRC(SRC_RQ_LOAD, load.weight, 64),
		ML_SRC(SRC_RQ_LOAD_AVG, avg.load_avg, 64),
		ML_SRC(SRC_RQ_NR_RUNNING, nr_running, 32),
		ML_SRC(SRC_RQ_UTIL_AVG, avg.util_avg, 64),
		ML_ENV(IMBALANCE, imbalance, 64),
		ML_DOMAIN(SD_CACHE_NICE_TRIES, cache_nice_tries),
		ML_MADE(CPU_IDLE, CPU_IDLE),
		ML_MADE(CPU_NEWLY_IDLE, CPU_NEWLY_IDLE),
		ML_DOMAIN(SD_NR_BALANCE_FAILED, nr_balance_failed),
		ML_MADE(DELTA, DELTA),
		ML_ENV(SRC_CPU, src_cpu, 32),
		ML_ENV(DST_CPU, dst_cpu, 32),
		ML_MADE(TASK_RUNNING, 0),
		ML_MADE(TASK_AFFINE, 1),
		ML_MADE(TASK_THROTTLED, 0),
		ML_MADE(TASK_PERCPU_KTHREAD, 0),
		ML_MADE(TASK_BUDDY, BUDDY),
		ML_TASK(TASK_POLICY, policy, 32),
		ML_MADE(TASK_NICE, NICE),
		ML_MADE(LB_ACTIVE, 0),
		ML_ENV(LB_LOOP, loop, 32),
		ML_MADE(SD_SHARE_CAPACITY, SHARE_CAPACITY),
		ML_MADE(COLDNESS, COLDNESS),
	};
#undef ML_LINK
#undef ML_TASK
#undef ML_ENV
#undef ML_DOMAIN
#undef ML_SRC
#undef ML_DST
#undef ML_MADE
	int mode, cfs, i;

	for (i = 0; i < NT_NR_FEATURES; i++) {
		if (!(model->net.needed & BIT_ULL(i)))
			continue;
		nt_place(&model->net, i, links[i].place, links[i].offset,
			 GENMASK_ULL(links[i].bits - 1, 0));
		if (links[i].place == ML_IN_MADE)
			model->made |= BIT(links[i].offset / sizeof(u64));
	}
	for (mode = 0; mode < ML_NR_MODES; mode++) {
		u16 answers = 0;

		for (cfs = 0; cfs < 3; cfs++) {
			int no = ml_fair_verdict(mode, model->net.target, false, cfs, cfs != 1);
			int yes = ml_fair_verdict(mode, model->net.target, true, cfs, cfs != 1);

			answers |= no << (4 * cfs) | yes << (4 * cfs + 2);
			if (no != yes || mode == ML_SHADOW)
				answers |= ML_ASKED(cfs);
			if (cfs && !no)
				answers |= ML_CAN_REFUSE;
		}
		model->answers[mode] = answers;
	}
}

/* What is made whether it is asked for or not, since a test costs as much. */
#define ML_MADE_CHEAP	(BIT(ML_MADE_DELTA) | BIT(ML_MADE_CPU_IDLE) | BIT(ML_MADE_CPU_NEWLY_IDLE))

/* Of what stands nowhere, the part that a model asks for. */
static __always_inline void ml_fair_make(struct task_struct *p, struct lb_env *env,
					 unsigned int needed, u64 *made)
{
	made[ML_MADE_DELTA] = rq_clock_task(env->src_rq) - p->se.exec_start;
	made[ML_MADE_CPU_IDLE] = env->idle == CPU_IDLE;
	made[ML_MADE_CPU_NEWLY_IDLE] = env->idle == CPU_NEWLY_IDLE;
	if (!(needed & ~ML_MADE_CHEAP))
		return;
	made[ML_MADE_0] = 0;
	made[ML_MADE_1] = 1;
	made[ML_MADE_SHARE_CAPACITY] = !!(env->sd->flags & SD_SHARE_CPUCAPACITY);
	made[ML_MADE_NICE] = task_nice(p);
	if (needed & BIT(ML_MADE_COLDNESS))
		made[ML_MADE_COLDNESS] = nt_coldness(made[ML_MADE_DELTA],
						     sysctl_sched_migration_cost);
	if (needed & BIT(ML_MADE_BUDDY))
		made[ML_MADE_BUDDY] = ml_fair_buddy(p);
	if (needed & BIT(ML_MADE_TS))
		made[ML_MADE_TS] = ktime_get_mono_fast_ns();
}

/* In integers. Active balance and the hard refusals never come here (M4). */
static __always_inline bool ml_fair_positive(const struct ml_model *model,
					     struct task_struct *p, struct lb_env *env)
{
	u64 made[ML_NR_MADE] __uninitialized;
	const void *places[ML_NR_PLACES];

	places[ML_IN_TASK] = p;
	places[ML_IN_ENV] = env;
	places[ML_IN_DOMAIN] = env->sd;
	places[ML_IN_SRC] = &env->src_rq->cfs;
	places[ML_IN_DST] = &env->dst_rq->cfs;
	places[ML_IN_MADE] = made;
	if (model->made)
		ml_fair_make(p, env, model->made, made);
	return nt_decide(&model->net, places);
}

/* All that the tracepoint wants to know; in floating point where that is asked for and may be used. */
static noinline bool ml_fair_explain(const struct ml_model *model, struct task_struct *p,
				     struct lb_env *env, struct ml_call *call)
{
	bool positive;

	call->serial = model->serial;
	if (!call->traced)
		ml_fair_gather(p, env, model->net.needed, call->feature);
	if (READ_ONCE(ml_state.use_float) && ml_infer_float(model, call))
		return call->positive;
	call->logit = nt_logit(&model->net, call->feature);
	positive = nt_positive(&model->net, call->logit);
	call->positive = positive;
	return positive;
}

/* CFS has given up being choosy in this domain. */
static __always_inline bool ml_fair_hard(const struct lb_env *env)
{
	return env->sd->nr_balance_failed > env->sd->cache_nice_tries;
}

/**
 * ml_fair_decide() - the model's answer to a call that CFS does not refuse
 * @p: the task
 * @env: the balancing pass
 * @hot: what CFS thinks of the task's cache
 * @call: where to write down why; NULL when nobody watches
 *
 * Return: 0 stay, 1 migrate, 2 migrate although hot; -1: let CFS decide.
 */
static __always_inline int ml_fair_decide(struct task_struct *p, struct lb_env *env, bool hot,
					  struct ml_call *call)
{
	int mode = READ_ONCE(ml_state.mode);
	const struct ml_model *model;
	unsigned int answers;
	int cfs, verdict;
	bool positive;

	cfs = 1;
	if (hot)
		cfs = ml_fair_hard(env) ? 2 : 0;
	if (call)
		call->cfs = cfs;
	model = ml_model_of(p);
	if (unlikely(!model)) {
		if (mode != ML_OFF)
			this_cpu_inc(ml_cpu.count.no_model);
		return -1;
	}
	answers = model->answers[mode];
	if (!(answers & ML_ASKED(cfs))) {
		if (mode != ML_OFF)
			this_cpu_inc(ml_cpu.count.not_asked[cfs]);
		if (answers & ML_CAN_REFUSE && ml_fair_hard(env))
			this_cpu_inc(ml_cpu.count.hard[1]);
		if (call && call->traced && mode != ML_OFF) /* said all the same, to be checked */
			ml_fair_explain(model, p, env, call);
		return -1;
	}
	if (unlikely((call && call->traced) || READ_ONCE(ml_state.use_float)))
		positive = ml_fair_explain(model, p, env, call ?: this_cpu_ptr(&ml_cpu.call));
	else
		positive = ml_fair_positive(model, p, env);
	this_cpu_inc(ml_cpu.count.outcome[cfs][positive]);
	if (mode == ML_SHADOW)
		return -1;
	verdict = ML_ANSWER(answers, cfs, positive);
	if (!verdict != !cfs) {
		this_cpu_inc(ml_cpu.count.overruled);
		if (cfs)
			this_cpu_inc(ml_cpu.count.vetoed);
	}
	if (answers & ML_CAN_REFUSE && cfs && ml_fair_hard(env))
		this_cpu_inc(ml_cpu.count.hard[!!verdict]);
	return verdict;
}

/* The same while somebody watches. */
static noinline int ml_fair_watched(struct task_struct *p, struct lb_env *env, bool hot)
{
	struct ml_call *call = this_cpu_ptr(&ml_cpu.call);

	if (!call->open) /* switched on in the middle of this call */
		return -1;
	return ml_fair_decide(p, env, hot, call);
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
	call->traced = false;
}

/* 16 buckets an octave; below 16 cycles one each. */
static int ml_fair_bucket(u64 cycles)
{
	int octave;

	if (cycles < 16)
		return cycles;
	octave = __fls(cycles);
	return min_t(int, 16 * (octave - 3) + (cycles >> (octave - 4) & 15), ML_NR_BUCKETS - 1);
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
	if (static_branch_unlikely(&ml_watch_key))
		verdict = ml_fair_watched(p, env, hot);
	else
		verdict = ml_fair_decide(p, env, hot, NULL);
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
	bool watched = false;
	u64 begin = 0;
	int ret;

	if (static_branch_unlikely(&ml_time_key))
		begin = rdtsc_ordered();
	if (static_branch_unlikely(&ml_watch_key)) {
		watched = true;
		ml_fair_begin(p, env);
	}
	ret = cfs_can_migrate_task(p, env);
	if (unlikely(watched))
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
