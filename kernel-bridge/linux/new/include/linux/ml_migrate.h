/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Learned migration decisions: what kernel/sched/ml_fair.h (the decision path,
 * inside fair.c) and kernel/ml_migrate/ (models, control, statistics) share.
 *
 * Invariants:
 *  M1. The decision path allocates nothing, takes no lock and prints nothing.
 *  M2. It runs under the source run queue's lock with interrupts off, which is
 *      an RCU read-side critical section: a model it has looked up stays.
 *  M3. A published model is never written to (struct ml_model is const from
 *      there on); a change publishes another one.
 *  M4. The hard refusals (throttled, per-CPU kthread, affinity, running) and
 *      active balance are CFS's in every mode.
 *  M5. What a call touches lies close together: one line of struct ml_state,
 *      one struct ml_cpu, one block per model. Balancing runs between two
 *      tasks, when caches and (under an emulator above all) the memory
 *      translations are cold; each place visited costs more than its use.
 */
#ifndef _LINUX_ML_MIGRATE_H
#define _LINUX_ML_MIGRATE_H

#include <linux/cache.h>
#include <linux/jump_label.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include "../../kernel/ml_migrate/nt.h"
#include "../../kernel/ml_migrate/nt_coldness.h"

struct task_struct;

/**
 * enum ml_mode - who decides
 * @ML_OFF: CFS; the hooks are jumped over
 * @ML_SHADOW: CFS; the model predicts and its agreement is counted
 * @ML_DECIDE: the model, after the hard refusals
 * @ML_PREMIGRATE: CFS, but a positive prediction moves a task CFS would leave
 */
enum ml_mode { ML_OFF, ML_SHADOW, ML_DECIDE, ML_PREMIGRATE, ML_NR_MODES };

/**
 * enum ml_context - where can_migrate_task() is called from
 * @ML_CTX_NEWLY_IDLE: schedule() found nothing to run
 * @ML_CTX_SOFTIRQ: SCHED_SOFTIRQ for this CPU
 * @ML_CTX_NOHZ: SCHED_SOFTIRQ on behalf of another, idle CPU
 * @ML_CTX_ACTIVE: the stopper of the source CPU
 */
enum ml_context {
	ML_CTX_NEWLY_IDLE, ML_CTX_SOFTIRQ, ML_CTX_NOHZ, ML_CTX_ACTIVE,
	ML_NR_CONTEXTS
};

/**
 * enum ml_timed - what the latency statistics distinguish
 * @ML_TIMED_STOCK: mode off
 * @ML_TIMED_SHADOW: mode shadow
 * @ML_TIMED_FIXED: mode decide or premigrate, integers
 * @ML_TIMED_FLOAT: the same with floating point
 */
enum ml_timed {
	ML_TIMED_STOCK, ML_TIMED_SHADOW, ML_TIMED_FIXED, ML_TIMED_FLOAT,
	ML_NR_TIMED
};

/*
 * Buckets of a latency histogram, 16 an octave: bucket i < 16 counts i cycles,
 * bucket 16 * n + q counts [16 + q, 17 + q) * 2^(n - 1) cycles.
 */
#define ML_NR_BUCKETS		256

#define ML_NR_SLOTS		8
#define ML_NR_RULES		16
#define ML_PATTERN_LEN		16

/**
 * enum ml_place - where a model reads its inputs from, without copying first
 * @ML_IN_TASK: struct task_struct
 * @ML_IN_ENV: struct lb_env
 * @ML_IN_DOMAIN: struct sched_domain
 * @ML_IN_SRC: the source's struct cfs_rq
 * @ML_IN_DST: the destination's
 * @ML_IN_MADE: an array of u64 with what stands nowhere, by enum ml_made
 */
enum ml_place {
	ML_IN_TASK, ML_IN_ENV, ML_IN_DOMAIN, ML_IN_SRC, ML_IN_DST, ML_IN_MADE,
	ML_NR_PLACES
};

/*
 * What has to be computed for each decision. ML_MADE_0 and ML_MADE_1 are what
 * the hard refusals have settled: not running, affine, and so on (M4).
 */
enum ml_made {
	ML_MADE_0, ML_MADE_1, ML_MADE_DELTA, ML_MADE_CPU_IDLE, ML_MADE_CPU_NEWLY_IDLE,
	ML_MADE_COLDNESS, ML_MADE_BUDDY, ML_MADE_SHARE_CAPACITY, ML_MADE_NICE, ML_MADE_TS,
	ML_NR_MADE
};

/*
 * What a mode makes of a prediction, for each answer of CFS's (0, 1, 2): two
 * bits at 4 * cfs for a negative, two at 4 * cfs + 2 for a positive one; and
 * at 12 + cfs, whether the two differ, so that it is worth asking at all.
 * ML_CAN_REFUSE: some task that CFS would move may stay.
 */
#define ML_ANSWER(answers, cfs, positive)	((answers) >> (4 * (cfs) + 2 * (positive)) & 3)
#define ML_ASKED(cfs)				(1U << (12 + (cfs)))
#define ML_CAN_REFUSE				(1U << 15)

/**
 * struct ml_model - an installed model
 * @rcu: for freeing
 * @blob: the file, kept only if it has float weights; else NULL
 * @serial: counts installations since boot, from 1
 * @blob_len: length of the file
 * @answers: what each mode makes of a prediction, as ML_ANSWER() reads it
 * @made: bit i is set when an input needs enum ml_made i
 * @net: the prepared network; the rest of it follows in the same memory
 */
struct ml_model {
	struct rcu_head rcu;
	void *blob;
	u64 serial;
	u32 blob_len;
	u16 answers[ML_NR_MODES];
	u16 made;
	struct nt_model net __aligned(NT_ALIGN);
};

/**
 * struct ml_slot - place for a model and its predecessor
 * @active: decides
 * @standby: the one before, for rollback; may be NULL
 */
struct ml_slot {
	struct ml_model __rcu *active;
	struct ml_model *standby;
};

/**
 * enum ml_match - what a rule compares
 * @ML_MATCH_COMM: the task's name with a shell pattern
 * @ML_MATCH_CGROUP: the task's cgroup (version 2) or one above it, by id
 */
enum ml_match { ML_MATCH_COMM, ML_MATCH_CGROUP };

/**
 * struct ml_rule - sends matching tasks to a slot
 * @kind: an enum ml_match
 * @slot: the slot
 * @cgroup: id of the cgroup (the inode number of its folder)
 * @pattern: shell pattern for the name
 */
struct ml_rule {
	u32 kind;
	u32 slot;
	u64 cgroup;
	char pattern[ML_PATTERN_LEN];
};

/**
 * struct ml_rules - the match table; the first rule that matches wins
 * @rcu: for freeing
 * @nr: rules in use
 * @rule: the rules
 */
struct ml_rules {
	struct rcu_head rcu;
	u32 nr;
	struct ml_rule rule[ML_NR_RULES];
};

/**
 * struct ml_counters - one CPU's counts; written with interrupts off only
 * @calls: calls of can_migrate_task() by context; like the next two only
 *	counted in mode shadow and while the tracepoint is on
 * @refused: hard refusals
 * @active: active balance
 * @not_asked: calls in which the prediction could change nothing, by CFS's answer
 * @outcome: predictions made, by CFS's answer (0, 1, 2) and sign of the prediction
 * @overruled: the answer returned differs from CFS's in moving or not
 * @vetoed: of these, CFS would have moved the task
 * @hard: calls in which CFS would move the task after the domain has failed to
 *	balance more than cache_nice_tries times: [0] the model refused, [1] moved
 * @no_model: the task's slot was empty
 * @fpu_busy: floating point was asked for but the FPU was not usable
 */
struct ml_counters {
	u64 calls[ML_NR_CONTEXTS];
	u64 refused;
	u64 active;
	u64 not_asked[3];
	u64 outcome[3][2];
	u64 overruled;
	u64 vetoed;
	u64 hard[2];
	u64 no_model;
	u64 fpu_busy;
};

/**
 * struct ml_latency - one CPU's latency statistics, by kind and context
 * @timed: calls
 * @cycles: their sum
 * @histogram: their distribution
 */
struct ml_latency {
	u64 timed[ML_NR_TIMED][ML_NR_CONTEXTS];
	u64 cycles[ML_NR_TIMED][ML_NR_CONTEXTS];
	u64 histogram[ML_NR_TIMED][ML_NR_CONTEXTS][ML_NR_BUCKETS];
};

/**
 * struct ml_call - the call of can_migrate_task() a CPU is in
 * @open: begun and not ended
 * @traced: every feature is filled in, not only those the model reads
 * @positive: sign of the prediction; -1 for none
 * @cfs: CFS's answer; -1 when CFS never came to the question
 * @used_float: the prediction came from floating point
 * @logit: the model's output in units of 2^-logit_frac; not from floating point
 * @serial: serial number of the model, 0 for none
 * @feature: the features, by enum nt_feature
 */
struct ml_call {
	bool open;
	bool traced;
	s8 positive;
	s8 cfs;
	bool used_float;
	s64 logit;
	u64 serial;
	u64 feature[NT_NR_FEATURES];
};

/* What a call writes on its CPU; aligned so that no page boundary is in it (M5). */
struct ml_cpu {
	struct ml_call call;
	struct ml_counters count;
} __aligned(512);

/**
 * struct ml_state - what every call reads, seldom changed
 * @mode: an enum ml_mode
 * @use_float: floating point was asked for
 * @rules: the match table; NULL for none
 * @slot: the models; slot 0's is in the first cache line
 */
struct ml_state {
	int mode;
	bool use_float;
	struct ml_rules __rcu *rules;
	struct ml_slot slot[ML_NR_SLOTS];
} ____cacheline_aligned;

/* What the tracepoint carries beside struct ml_call. */
struct ml_row {
	const struct ml_call *call;
	const char *comm;
	const char *level;
	int migration_type;
	int migration;
	int mode;
};

/* A mode other than off is in force, or somebody watches. */
DECLARE_STATIC_KEY_FALSE(ml_hook_key);
/* Mode shadow is in force or the tracepoint is on: every call is opened and closed. */
DECLARE_STATIC_KEY_FALSE(ml_watch_key);
DECLARE_STATIC_KEY_FALSE(ml_time_key);
DECLARE_PER_CPU(struct ml_cpu, ml_cpu);
DECLARE_PER_CPU(struct ml_latency, ml_latency);
extern struct ml_state ml_state;

const struct ml_model *ml_model_by_rule(const struct ml_rules *rules, struct task_struct *p);
bool ml_infer_float(const struct ml_model *model, struct ml_call *call);

/**
 * ml_model_of() - the model that answers for a task
 * @p: the task
 *
 * The slot of the first rule that matches and has a model, else slot 0's.
 * Called with interrupts off (M2). Return: the model, NULL if there is none.
 */
static __always_inline const struct ml_model *ml_model_of(struct task_struct *p)
{
	const struct ml_rules *rules = rcu_dereference_sched(ml_state.rules);

	if (unlikely(rules))
		return ml_model_by_rule(rules, p);
	return rcu_dereference_sched(ml_state.slot[0].active);
}

void ml_watch_get(void);
void ml_watch_put(void);

/* Implemented inside fair.c: sets answers, made and where the inputs lie. */
void ml_fair_link(struct ml_model *model);

/* Implemented inside fair.c: CPUs idle while others have tasks waiting. */
bool ml_fair_unbalanced(void);

#endif /* _LINUX_ML_MIGRATE_H */
