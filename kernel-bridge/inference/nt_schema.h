/* SPDX-License-Identifier: GPL-2.0-only */
/* Generated from TypeScript by `npm run generate`; do not edit. */
#ifndef NT_SCHEMA_H
#define NT_SCHEMA_H

/*
 * Feature ids; the meaning and unit of each stand in traces/schema.ts. Words
 * are u64 unless marked s64; those are passed in two's complement.
 */
enum nt_feature {
	NT_F_PID = 0,
	NT_F_TS = 1,
	NT_F_TASK_LOAD_AVG = 2,
	NT_F_TASK_UTIL_AVG = 3,
	NT_F_TASK_VRUNTIME = 4,	/* s64 */
	NT_F_TASK_NR_MIGRATIONS = 5,
	NT_F_START_RUNTIME = 6,
	NT_F_DST_RQ_LOAD = 7,
	NT_F_DST_RQ_LOAD_AVG = 8,
	NT_F_DST_RQ_NR_RUNNING = 9,
	NT_F_DST_RQ_UTIL_AVG = 10,
	NT_F_SRC_RQ_LOAD = 11,
	NT_F_SRC_RQ_LOAD_AVG = 12,
	NT_F_SRC_RQ_NR_RUNNING = 13,
	NT_F_SRC_RQ_UTIL_AVG = 14,
	NT_F_IMBALANCE = 15,	/* s64 */
	NT_F_SD_CACHE_NICE_TRIES = 16,
	NT_F_CPU_IDLE = 17,
	NT_F_CPU_NEWLY_IDLE = 18,
	NT_F_SD_NR_BALANCE_FAILED = 19,
	NT_F_DELTA = 20,	/* s64 */
	NT_F_SRC_CPU = 21,
	NT_F_DST_CPU = 22,
	NT_F_TASK_RUNNING = 23,
	NT_F_TASK_AFFINE = 24,
	NT_F_TASK_THROTTLED = 25,
	NT_F_TASK_PERCPU_KTHREAD = 26,
	NT_F_TASK_BUDDY = 27,
	NT_F_TASK_POLICY = 28,
	NT_F_TASK_NICE = 29,	/* s64 */
	NT_F_LB_ACTIVE = 30,
	NT_F_LB_LOOP = 31,
	NT_F_SD_SHARE_CAPACITY = 32,
	NT_F_COLDNESS = 33,	/* s64 */
	NT_F_TASK_FORCED_BEFORE = 34,
	NT_NR_FEATURES = 35
};

/* Bit set of the s64 features, by id. */
#define NT_SIGNED_FEATURES \
	((1ULL << NT_F_TASK_VRUNTIME) | \
	 (1ULL << NT_F_IMBALANCE) | \
	 (1ULL << NT_F_DELTA) | \
	 (1ULL << NT_F_TASK_NICE) | \
	 (1ULL << NT_F_COLDNESS))

/* What a model predicts. */
enum nt_target {
	NT_T_MIGRATE = 0,
	NT_T_FORCED_EVENTUALLY = 1,
	NT_T_FORCED_NOW = 2,
	NT_T_FORCED_DETACHED = 3,
	NT_NR_TARGETS = 4
};

/*
 * The lists of features so far, each the one before with more behind it: their
 * number, and the first eight bytes of SHA-256 over the list, little-endian.
 */
#define NT_SCHEMAS \
	{ { 34, 0xd77c54b615908492ULL }, \
	  { 35, 0x3a7f7ae7e1f297bcULL } }
#define NT_NR_SCHEMAS		2

/* The last of these hashes. */
#define NT_SCHEMA_HASH	0x3a7f7ae7e1f297bcULL

#endif /* NT_SCHEMA_H */
