/* SPDX-License-Identifier: GPL-2.0-only */
/* Generated from TypeScript by `npm run generate`; do not edit. */
/*
 * Records of the BCC collector, as they stand in records.bin: little-endian,
 * eight-byte fields, then the two names (collect/record-layout.ts).
 */
#ifndef NICETRIES_RECORD_H
#define NICETRIES_RECORD_H

#define KIND_CALL	1	/* one return of can_migrate_task() */
#define KIND_DETACH	2	/* the task of call (cpu, seq) left its queue */

struct record {
	u64 kind;
	u64 cpu;				/* CPU that balanced */
	u64 seq;				/* number of the call on that CPU */
	u64 pid;
	u64 ts;					/* ns */
	u64 task_load_avg;
	u64 task_util_avg;			/* of 1024 */
	u64 task_vruntime;			/* ns, weighted */
	u64 task_nr_migrations;
	u64 start_runtime;			/* ns */
	u64 dst_rq_load;			/* weight x 1024 */
	u64 dst_rq_load_avg;
	u64 dst_rq_nr_running;			/* tasks */
	u64 dst_rq_util_avg;			/* of 1024 */
	u64 src_rq_load;			/* weight x 1024 */
	u64 src_rq_load_avg;
	u64 src_rq_nr_running;			/* tasks */
	u64 src_rq_util_avg;			/* of 1024 */
	u64 imbalance;				/* by lb_migration_type */
	u64 sd_cache_nice_tries;
	u64 idle;				/* enum cpu_idle_type */
	u64 sd_nr_balance_failed;
	u64 delta;				/* ns */
	u64 returned;				/* by can_migrate_task() */
	u64 hot;				/* forced, by the label in use */
	u64 src_cpu;
	u64 dst_cpu;
	u64 task_running;			/* 0 or 1 */
	u64 task_affine;			/* 0 or 1 */
	u64 task_throttled;			/* 0 or 1 */
	u64 task_percpu_kthread;		/* 0 or 1 */
	u64 task_buddy;				/* 0 or 1 */
	u64 task_policy;
	u64 static_prio;			/* nice + 120 */
	u64 lb_flags;				/* env->flags on entry */
	u64 lb_loop;
	u64 migration_type;			/* enum migration_type */
	u64 sd_flags;				/* sd->flags */
	char level[16];
	char comm[16];
};

#endif
