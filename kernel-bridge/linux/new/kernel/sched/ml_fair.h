/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hooks of can_migrate_task(): included by fair.c, because they look into
 * struct lb_env and call helpers that are private to that file.
 *
 * The short way (mode decide or premigrate, integers, one model for all): the
 * stock function, and inside it, after the hard refusals and the question of
 * heat, ml_fair_hot() or, if cold tasks concern the model at all,
 * ml_fair_cold(). They ask only where the answer matters, read a word where and
 * when it is asked for, and count only what the watchdog needs.
 * The long way (ml_watch_key): ml_fair_begin() comes before and ml_fair_end()
 * after the stock function, and ml_fair_watched() decides and writes down why.
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

static DEFINE_PER_CPU(struct ml_forced, ml_forced);

static __always_inline u32 ml_fair_place(const struct task_struct *p, const struct lb_env *env)
{
	return (p->pid ^ env->dst_cpu << 3) & (ML_FORCED_SLOTS - 1);
}

/* Has this move been forced before? */
static __always_inline u64 ml_fair_forced_before(const struct task_struct *p,
						 const struct lb_env *env)
{
	const struct ml_forced *forced = per_cpu_ptr(&ml_forced, env->src_cpu);
	u32 at = ml_fair_place(p, env);

	return forced->move[at].pid == p->pid && forced->move[at].dst_cpu == env->dst_cpu &&
	       forced->move[at].nr_migrations == p->se.nr_migrations;
}

static noinline void ml_fair_note_forced(const struct task_struct *p, const struct lb_env *env)
{
	struct ml_forced *forced = per_cpu_ptr(&ml_forced, env->src_cpu);
	u32 at = ml_fair_place(p, env);

	forced->move[at].pid = p->pid;
	forced->move[at].dst_cpu = env->dst_cpu;
	forced->move[at].nr_migrations = p->se.nr_migrations;
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
	if (needed & ML_FEATURES(SRC_CPU, TASK_FORCED_BEFORE)) {
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
		ML_FEATURE(TASK_FORCED_BEFORE, ml_fair_forced_before(p, env));
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

/* CFS has given up being choosy in this domain. */
static __always_inline bool ml_fair_hard(const struct lb_env *env)
{
	return env->sd->nr_balance_failed > env->sd->cache_nice_tries;
}

/* CFS's answer to a call that it does not refuse. */
static __always_inline int ml_fair_cfs(const struct lb_env *env, bool hot)
{
	if (!hot)
		return 1;
	return ml_fair_hard(env) ? 2 : 0;
}

/* Read by ktime_get_mono_fast_ns(), or written by other CPUs while a call goes on. */
#define ML_FLEETING	(BIT_ULL(NT_F_TS) | ML_FEATURES(DST_RQ_LOAD, DST_RQ_UTIL_AVG))

/*
 * Does a mode ask about a task? Only where the prediction matters: a positive one
 * moves the task then, a negative one leaves it. A model of forced migrations
 * says nothing on calls that CFS would settle without force.
 */
static bool ml_fair_asks(int mode, int target, int cfs)
{
	if (mode == ML_PREMIGRATE)
		return !cfs;
	if (mode != ML_DECIDE)
		return false;
	if (target == NT_T_MIGRATE)
		return true;
	if (target == NT_T_FORCED_EVENTUALLY)
		return !cfs;
	return cfs != 1;
}

static void ml_fair_link_asks(struct ml_model *model)
{
	int target = model->net.target;
	int mode, cfs;

	for (mode = 0; mode < ML_NR_MODES; mode++) {
		u8 asks = 0;

		for (cfs = 0; cfs < 3; cfs++)
			if (ml_fair_asks(mode, target, cfs))
				asks |= ML_ASKS(cfs);
		if ((asks & ML_ASKS(2)) && !(asks & ML_ASKS(1)))
			asks |= ML_COUNTS;
		model->asks[mode] = asks;
	}
	model->way = model->net.path == NT_PATH_TREE ? ML_WAY_TREE : ML_WAY_NETWORK;
	if (model->net.needed & BIT_ULL(NT_F_TS))
		model->way = ML_WAY_COPY;
}

/**
 * ml_fair_link() - prepare a model for decisions
 * @model: a model that nobody uses yet
 *
 * Tells each input where its word is kept, so that a decision reads it there.
 */
void ml_fair_link(struct ml_model *model)
{
#define ML_LINK(name, place, type, member)					\
	[NT_F_##name] = { ML_IN_##place, offsetof(type, member) }
#define ML_TASK(name, member)	ML_LINK(name, TASK, struct task_struct, member)
#define ML_TASK32(name, member)	ML_LINK(name, TASK32, struct task_struct, member)
#define ML_ENV32(name, member)	ML_LINK(name, ENV32, struct lb_env, member)
#define ML_DOMAIN32(name, member)						\
	ML_LINK(name, DOMAIN32, struct sched_domain, member)
	static const struct {
		u8 place;
		u16 from;
	} links[NT_NR_FEATURES] = {
		ML_TASK32(PID, pid),
		[NT_F_TS] = { ML_IN_CONSTANT },	/* not read: ML_WAY_COPY */
		ML_TASK(TASK_LOAD_AVG, se.avg.load_avg),
		ML_TASK(TASK_UTIL_AVG, se.avg.util_avg),
		ML_TASK(TASK_VRUNTIME, se.vruntime),
		ML_TASK(TASK_NR_MIGRATIONS, se.nr_migrations),
		ML_TASK(START_RUNTIME, se.exec_start),
		ML_LINK(DST_RQ_LOAD, DST, struct cfs_rq, load.weight),
		ML_LINK(DST_RQ_LOAD_AVG, DST, struct cfs_rq, avg.load_avg),
		ML_LINK(DST_RQ_NR_RUNNING, DST32, struct cfs_rq, nr_running),
		ML_LINK(DST_RQ_UTIL_AVG, DST, struct cfs_rq, avg.util_avg),
		ML_LINK(SRC_RQ_LOAD, SRC, struct cfs_rq, load.weight),
		ML_LINK(SRC_RQ_LOAD_AVG, SRC, struct cfs_rq, avg.load_avg),
		ML_LINK(SRC_RQ_NR_RUNNING, SRC32, struct cfs_rq, nr_running),
		ML_LINK(SRC_RQ_UTIL_AVG, SRC, struct cfs_rq, avg.util_avg),
		ML_LINK(IMBALANCE, ENV, struct lb_env, imbalance),
		ML_DOMAIN32(SD_CACHE_NICE_TRIES, cache_nice_tries),
		[NT_F_CPU_IDLE] = { ML_IN_IDLE, CPU_IDLE },
		[NT_F_CPU_NEWLY_IDLE] = { ML_IN_IDLE, CPU_NEWLY_IDLE },
		ML_DOMAIN32(SD_NR_BALANCE_FAILED, nr_balance_failed),
		[NT_F_DELTA] = { ML_IN_DELTA },
		ML_ENV32(SRC_CPU, src_cpu),
		ML_ENV32(DST_CPU, dst_cpu),
		/* These five are what the hard refusals have settled (M4). */
		[NT_F_TASK_RUNNING] = { ML_IN_CONSTANT, 0 },
		[NT_F_TASK_AFFINE] = { ML_IN_CONSTANT, 1 },
		[NT_F_TASK_THROTTLED] = { ML_IN_CONSTANT, 0 },
		[NT_F_TASK_PERCPU_KTHREAD] = { ML_IN_CONSTANT, 0 },
		[NT_F_LB_ACTIVE] = { ML_IN_CONSTANT, 0 },
		[NT_F_TASK_BUDDY] = { ML_IN_BUDDY },
		ML_TASK32(TASK_POLICY, policy),
		[NT_F_TASK_NICE] = { ML_IN_NICE },
		ML_ENV32(LB_LOOP, loop),
		[NT_F_SD_SHARE_CAPACITY] = { ML_IN_SHARE_CAPACITY },
		[NT_F_COLDNESS] = { ML_IN_COLDNESS },
		[NT_F_TASK_FORCED_BEFORE] = { ML_IN_FORCED_BEFORE },
	};
#undef ML_LINK
#undef ML_TASK
#undef ML_TASK32
#undef ML_ENV32
#undef ML_DOMAIN32
	int i;

	for (i = 0; i < NT_NR_FEATURES; i++) {
		if (!(model->net.needed & BIT_ULL(i)))
			continue;
		nt_place(&model->net, i, links[i].place, links[i].from);
		if (links[i].place == ML_IN_CONSTANT && i != NT_F_TS)
			nt_assume(&model->net, i, links[i].from);
	}
	ml_fair_link_asks(model);
}

/* From a copy of the features: the sign of a model that reads what is not simply kept somewhere. */
static noinline bool ml_fair_copied(const struct ml_model *model, struct task_struct *p,
				    struct lb_env *env)
{
	u64 feature[NT_NR_FEATURES] __uninitialized;

	ml_fair_gather(p, env, model->net.needed, feature);
	return nt_positive(&model->net, nt_logit(&model->net, feature));
}

/* Whom a decision is about. */
struct ml_asked {
	struct task_struct *p;
	struct lb_env *env;
};

/* No clock is asked and nothing called: a walk through a tree saves no register. */
static __always_inline u64 ml_fair_elsewhere(const struct nt_word *word, struct task_struct *p,
					     struct lb_env *env)
{
	u32 from = word->from;

	switch (word->place) {
	case ML_IN_COLDNESS:
		return nt_coldness(env->src_rq->clock_task - p->se.exec_start,
				   sysctl_sched_migration_cost);
	case ML_IN_DOMAIN32:
		return READ_ONCE(*(u32 *)((u8 *)env->sd + from));
	case ML_IN_IDLE:
		return env->idle == from;
	case ML_IN_TASK32:
		return *(u32 *)((u8 *)p + from);
	case ML_IN_SRC:
		return *(u64 *)((u8 *)&env->src_rq->cfs + from);
	case ML_IN_SRC32:
		return *(u32 *)((u8 *)&env->src_rq->cfs + from);
	case ML_IN_DST:
		return READ_ONCE(*(u64 *)((u8 *)&env->dst_rq->cfs + from));
	case ML_IN_DST32:
		return READ_ONCE(*(u32 *)((u8 *)&env->dst_rq->cfs + from));
	case ML_IN_ENV:
		return *(u64 *)((u8 *)env + from);
	case ML_IN_ENV32:
		return *(u32 *)((u8 *)env + from);
	case ML_IN_BUDDY:
		return ml_fair_buddy(p);
	case ML_IN_NICE:
		return task_nice(p);
	case ML_IN_SHARE_CAPACITY:
		return !!(env->sd->flags & SD_SHARE_CPUCAPACITY);
	case ML_IN_FORCED_BEFORE:
		return ml_fair_forced_before(p, env);
	default: /* ML_IN_CONSTANT */
		return from;
	}
}

/* An nt_reader_fn: where the model was linked to. */
static __always_inline u64 ml_fair_word(const struct nt_word *word, const void *from)
{
	const struct ml_asked *asked = from;

	/* Its queue is locked: nobody writes these words. */
	if (likely(word->place == ML_IN_TASK))
		return *(const u64 *)((u8 *)asked->p + word->from);
	/* The clock is that of rq_clock_task(), which has been checked in task_hot(). */
	if (word->place == ML_IN_DELTA)
		return asked->env->src_rq->clock_task - asked->p->se.exec_start;
	return ml_fair_elsewhere(word, asked->p, asked->env);
}

/* The sign of a model's logit, in integers. */
static __always_inline bool ml_fair_sign(const struct ml_model *model, struct task_struct *p,
					 struct lb_env *env)
{
	const struct nt_model *net = &model->net;
	struct ml_asked asked = { p, env };

	if (model->way == ML_WAY_TREE)
		return nt_sign_tree(net, ml_fair_word, &asked);
	if (unlikely(model->way == ML_WAY_COPY))
		return ml_fair_copied(model, p, env);
	if (likely(net->path == NT_PATH_PACKED))
		return nt_positive(net, nt_packed(net, ml_fair_word, &asked));
	return nt_positive(net, nt_loops(net, ml_fair_word, &asked));
}

/* The answer to a call in which the model was asked, and what the watchdog wants to know of it. */
static __always_inline int ml_fair_verdict(const struct lb_env *env, int cfs, bool positive)
{
	if (likely(positive)) {
		if (!cfs)
			this_cpu_inc(ml_cpu.count.overruled);
		else if (cfs == 2 || ml_fair_hard(env))
			this_cpu_inc(ml_cpu.count.hard[1]);
		return cfs == 1 ? 1 : 2;
	}
	if (cfs) {
		this_cpu_inc(ml_cpu.count.overruled);
		this_cpu_inc(ml_cpu.count.vetoed);
		if (cfs == 2 || ml_fair_hard(env))
			this_cpu_inc(ml_cpu.count.hard[0]);
	}
	return 0;
}

/* All that needs a stack frame is called at the very end, so that the walk through a tree has none. */
static noinline notrace __nt_hot int ml_fair_ask(const struct ml_model *model,
						 struct task_struct *p, struct lb_env *env,
						 int cfs)
{
	return ml_fair_verdict(env, cfs, ml_fair_sign(model, p, env));
}

static __always_inline int ml_fair_decide(const struct ml_model *model, struct task_struct *p,
					  struct lb_env *env, int cfs)
{
	struct ml_asked asked = { p, env };

	if (model->way != ML_WAY_TREE)
		return ml_fair_ask(model, p, env, cfs);
	return ml_fair_verdict(env, cfs, nt_sign_tree(&model->net, ml_fair_word, &asked));
}

/* About a cold task, which CFS would move: 0 stay, 1 migrate. */
static noinline notrace __nt_hot int ml_fair_cold(struct task_struct *p, struct lb_env *env)
{
	const struct ml_model *model = rcu_dereference_sched(ml_state.cold);

	if (unlikely(!model)) /* taken away meanwhile */
		return 1;
	return ml_fair_decide(model, p, env, 1);
}

/* About a hot one: 0 stay, 2 migrate; -1: let CFS decide. */
static noinline notrace __nt_hot int ml_fair_hot(struct task_struct *p, struct lb_env *env)
{
	const struct ml_model *model = rcu_dereference_sched(ml_state.slot[0].active);
	int cfs = ml_fair_cfs(env, true);

	if (unlikely(!model) || !(model->asks[READ_ONCE(ml_state.mode)] & ML_ASKS(cfs)))
		return -1;
	return ml_fair_decide(model, p, env, cfs);
}

/* Does the book-keeping that CFS does for the same answer, so that statistics keep their meaning. */
static __always_inline int ml_fair_booked(struct task_struct *p, int verdict)
{
	if (verdict == 2)
		p->sched_task_hot = 1;
	else if (!verdict)
		schedstat_inc(p->stats.nr_failed_migrations_hot);
	return verdict;
}

/*
 * All that the tracepoint wants to know; in floating point where that is asked for
 * and may be used. The logit is computed from the copied features, the sign as the
 * short way does, so that whoever compares the two checks both.
 */
static noinline bool ml_fair_explain(const struct ml_model *model, struct task_struct *p,
				     struct lb_env *env, struct ml_call *call)
{
	bool positive;

	call->serial = model->serial;
	if (READ_ONCE(ml_state.use_float)) {
		if (!call->traced)
			ml_fair_gather(p, env, model->net.needed, call->feature);
		if (ml_infer_float(model, call))
			return call->positive;
	}
	if (call->traced) {
		call->logit = nt_logit(&model->net, call->feature);
		call->positive = nt_positive(&model->net, call->logit);
		if (model->net.needed & ML_FLEETING)
			return call->positive;
	}
	positive = ml_fair_sign(model, p, env);
	call->positive = positive;
	return positive;
}

/* The long way of both: counts, and writes down why. */
static noinline int ml_fair_watched(struct task_struct *p, struct lb_env *env, bool hot)
{
	struct ml_call *call = this_cpu_ptr(&ml_cpu.call);
	int mode = READ_ONCE(ml_state.mode);
	const struct ml_model *model;
	int cfs = ml_fair_cfs(env, hot);
	unsigned int asks;
	bool positive;

	if (!call->open) /* switched on in the middle of this call */
		return -1;
	call->cfs = cfs;
	if (mode == ML_OFF)
		return -1;
	model = ml_model_of(p);
	if (!model) {
		this_cpu_inc(ml_cpu.count.no_model);
		return -1;
	}
	asks = model->asks[mode];
	if (mode != ML_SHADOW && !(asks & ML_ASKS(cfs))) {
		this_cpu_inc(ml_cpu.count.not_asked[cfs]);
		if (call->traced) /* said all the same, to be checked */
			ml_fair_explain(model, p, env, call);
		if (asks & ML_COUNTS && ml_fair_hard(env)) /* and cold */
			this_cpu_inc(ml_cpu.count.hard[1]);
		return -1;
	}
	positive = ml_fair_explain(model, p, env, call);
	this_cpu_inc(ml_cpu.count.outcome[cfs][positive]);
	if (mode == ML_SHADOW)
		return -1;
	return ml_fair_verdict(env, cfs, positive);
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
 * Return: the answer, or -1 to go on with CFS.
 */
static __always_inline int ml_fair_answer(struct task_struct *p, struct lb_env *env, bool hot)
{
	if (!static_branch_unlikely(&ml_hook_key))
		return -1;
	if (static_branch_unlikely(&ml_watch_key)) {
		int verdict = ml_fair_watched(p, env, hot);

		return hot ? ml_fair_booked(p, verdict) : verdict;
	}
	if (hot)
		return ml_fair_booked(p, ml_fair_hot(p, env));
	if (static_branch_unlikely(&ml_cold_key))
		return ml_fair_cold(p, env);
	if (static_branch_unlikely(&ml_count_key) && ml_fair_hard(env))
		this_cpu_inc(ml_cpu.count.hard[1]);
	return -1;
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
	if (unlikely(ret == 2))
		ml_fair_note_forced(p, env);
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
