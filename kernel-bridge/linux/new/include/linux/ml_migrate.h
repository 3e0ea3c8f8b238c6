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
 * enum ml_place - where a decision reads a word, without copying it first; the
 * offset is &struct nt_word.from
 * @ML_IN_TASK: 64 bits of struct task_struct: the usual case
 * @ML_IN_TASK32: 32 bits of it
 * @ML_IN_ENV: 64 bits of struct lb_env
 * @ML_IN_ENV32: 32 bits of it
 * @ML_IN_DOMAIN32: 32 bits of struct sched_domain
 * @ML_IN_SRC: 64 bits of the source's struct cfs_rq
 * @ML_IN_SRC32: 32 bits of it
 * @ML_IN_DST: 64 bits of the destination's
 * @ML_IN_DST32: 32 bits of it
 * @ML_IN_CONSTANT: nowhere: the offset itself
 * @ML_IN_IDLE: nowhere: is the destination's kind of idleness the offset?
 * @ML_IN_DELTA: nowhere: time since the task ran
 * @ML_IN_COLDNESS: nowhere: the same beside the migration cost
 * @ML_IN_BUDDY: nowhere: is the task next or last of its queue?
 * @ML_IN_NICE: nowhere: the task's nice value
 * @ML_IN_SHARE_CAPACITY: nowhere: do the domain's CPUs share a core?
 * @ML_IN_FORCED_BEFORE: struct ml_forced: has the move been forced before?
 */
enum ml_place {
	ML_IN_TASK, ML_IN_TASK32, ML_IN_ENV, ML_IN_ENV32, ML_IN_DOMAIN32,
	ML_IN_SRC, ML_IN_SRC32, ML_IN_DST, ML_IN_DST32, ML_IN_CONSTANT, ML_IN_IDLE,
	ML_IN_DELTA, ML_IN_COLDNESS, ML_IN_BUDDY, ML_IN_NICE, ML_IN_SHARE_CAPACITY,
	ML_IN_FORCED_BEFORE
};

/*
 * Of which answers of CFS's (0, 1, 2) a mode asks the model: where a positive
 * prediction moves the task and a negative one leaves it, and CFS's answer
 * decides otherwise. ML_COUNTS: cold tasks, which the model is not asked about,
 * count as hard cases that it moves, beside those that it refuses.
 */
#define ML_ASKS(cfs)	BIT(cfs)
#define ML_COUNTS	BIT(3)

/**
 * enum ml_way - how a decision comes to the sign of the logit
 * @ML_WAY_TREE: from word to word of a tree
 * @ML_WAY_NETWORK: from all inputs of a network
 * @ML_WAY_COPY: from a copy of the features, as some cannot simply be read
 */
enum ml_way { ML_WAY_TREE, ML_WAY_NETWORK, ML_WAY_COPY };

/**
 * struct ml_model - an installed model
 * @rcu: for freeing
 * @blob: the file, kept only if it has float weights; else NULL
 * @serial: counts installations since boot, from 1
 * @blob_len: length of the file
 * @asks: when each mode asks, as ML_ASKS() reads it
 * @way: an enum ml_way
 * @net: the prepared network; the rest of it follows in the same memory
 */
struct ml_model {
	struct rcu_head rcu;
	void *blob;
	u64 serial;
	u32 blob_len;
	u8 asks[ML_NR_MODES];
	u8 way;
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
 * @calls: calls of can_migrate_task() by context; like all up to @outcome only
 *	counted where calls are watched (ml_watch_key)
 * @refused: hard refusals
 * @active: active balance
 * @not_asked: calls in which the prediction could change nothing, by CFS's answer
 * @outcome: predictions made, by CFS's answer (0, 1, 2) and sign of the prediction
 * @overruled: the answer returned differs from CFS's in moving or not
 * @vetoed: of these, CFS would have moved the task
 * @hard: calls in which CFS would move the task after the domain has failed to
 *	balance more than cache_nice_tries times: [0] the model refused, [1] moved
 * @no_model: the task's slot was empty; counted like @calls
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

#define ML_FORCED_SLOTS		64

/**
 * struct ml_forced - the moves that were forced away from a CPU
 * @move: by pid and destination, the last one of each place
 *
 * A move is a task with so many migrations, and a destination: it is forced again
 * only where detach_tasks() passed over the task. Kept in every mode and written
 * under the CPU's run queue lock, under which all who ask stand, too. The same as
 * traces/forced-moves.ts.
 */
struct ml_forced {
	struct {
		u64 nr_migrations;
		u32 pid;
		u32 dst_cpu;
	} move[ML_FORCED_SLOTS];
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
 * @cold: slot 0's model if it is asked about cold tasks; else NULL
 * @rules: the match table; NULL for none
 * @slot: the models; slot 0's is in the first cache line
 */
struct ml_state {
	int mode;
	bool use_float;
	struct ml_model __rcu *cold;
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
/*
 * Every call is opened and closed, and takes the long way: in mode shadow, while
 * the tracepoint is on, in floating point and where there are rules.
 */
DECLARE_STATIC_KEY_FALSE(ml_watch_key);
/* Slot 0's model is asked about cold tasks. */
DECLARE_STATIC_KEY_FALSE(ml_cold_key);
/* It is not, but they count as hard cases. */
DECLARE_STATIC_KEY_FALSE(ml_count_key);
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

/* Implemented inside fair.c: sets when to ask and where the inputs lie. */
void ml_fair_link(struct ml_model *model);

/* Implemented inside fair.c: CPUs idle while others have tasks waiting. */
bool ml_fair_unbalanced(void);

#endif /* _LINUX_ML_MIGRATE_H */
