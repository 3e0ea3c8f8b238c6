/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ml_migrate

#if !defined(_TRACE_ML_MIGRATE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_ML_MIGRATE_H

#include <linux/ml_migrate.h>
#include <linux/sched.h>
#include <linux/tracepoint.h>

int ml_trace_on(void);
void ml_trace_off(void);

/**
 * ml_can_migrate - one call of can_migrate_task(), with everything it saw
 * @row: the call and its answer
 *
 * While enabled, the hooks run in mode off too, to fill in the features.
 */
TRACE_EVENT_FN(ml_can_migrate,

	TP_PROTO(const struct ml_row *row),

	TP_ARGS(row),

	TP_STRUCT__entry(
		__array(u64,	feature,	NT_NR_FEATURES)
		__field(s64,	logit)
		__field(u64,	serial)
		__field(s8,	positive)
		__field(s8,	cfs)
		__field(u8,	used_float)
		__field(u8,	mode)
		__field(u8,	migration_type)
		__field(u8,	migration)
		__array(char,	level,		8)
		__array(char,	comm,		TASK_COMM_LEN)
	),

	TP_fast_assign(
		memcpy(__entry->feature, row->call->feature, sizeof(__entry->feature));
		__entry->logit = row->call->logit;
		__entry->serial = row->call->serial;
		__entry->positive = row->call->positive;
		__entry->cfs = row->call->cfs;
		__entry->used_float = row->call->used_float;
		__entry->mode = row->mode;
		__entry->migration_type = row->migration_type;
		__entry->migration = row->migration;
		strscpy_pad(__entry->level, row->level, sizeof(__entry->level));
		memcpy(__entry->comm, row->comm, TASK_COMM_LEN);
	),

	TP_printk("comm=%s pid=%llu src=%llu dst=%llu level=%s failed=%llu delta=%lld cfs=%d positive=%d logit=%lld ret=%u",
		  __entry->comm, __entry->feature[NT_F_PID],
		  __entry->feature[NT_F_SRC_CPU], __entry->feature[NT_F_DST_CPU],
		  __entry->level, __entry->feature[NT_F_SD_NR_BALANCE_FAILED],
		  (s64)__entry->feature[NT_F_DELTA], __entry->cfs,
		  __entry->positive, __entry->logit, __entry->migration),

	ml_trace_on, ml_trace_off
);

/**
 * ml_detach - the task of this CPU's last ml_can_migrate leaves its queue
 * @pid: the task
 * @src_cpu: where it was
 * @dst_cpu: where it goes
 */
TRACE_EVENT(ml_detach,

	TP_PROTO(pid_t pid, int src_cpu, int dst_cpu),

	TP_ARGS(pid, src_cpu, dst_cpu),

	TP_STRUCT__entry(
		__field(u32,	pid)
		__field(u32,	src_cpu)
		__field(u32,	dst_cpu)
	),

	TP_fast_assign(
		__entry->pid = pid;
		__entry->src_cpu = src_cpu;
		__entry->dst_cpu = dst_cpu;
	),

	TP_printk("pid=%u src=%u dst=%u",
		  __entry->pid, __entry->src_cpu, __entry->dst_cpu)
);

#endif /* _TRACE_ML_MIGRATE_H */

#include <trace/define_trace.h>
