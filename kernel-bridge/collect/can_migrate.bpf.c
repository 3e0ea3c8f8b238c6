// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF side of the collector, compiled by BCC on the machine that is recorded.
 *
 * The scheduler's structures are private: every OFF_ below is a byte offset
 * that collect.py has read from the running kernel's BTF. An argument kept per
 * CPU between entry and return is safe: can_migrate_task() runs with interrupts
 * off under the run queue's lock.
 */
#include <linux/ptrace.h>
#include "record.h"

struct pending_state {
	u64 task;		/* whose call is pending or was the last; 0 for none */
	u64 forced;		/* its nr_forced_migrations on entry */
	u64 open;		/* entered and not returned */
};

struct counters {
	u64 entries;
	u64 returns;
	u64 filtered;
	u64 unmatched;		/* returns without an entry */
	u64 dropped;		/* the ring buffer was full */
	u64 detached;
};

BPF_RINGBUF_OUTPUT(records, RING_PAGES);
BPF_PERCPU_ARRAY(pending, struct record, 1);
BPF_PERCPU_ARRAY(state, struct pending_state, 1);
BPF_PERCPU_ARRAY(counts, struct counters, 1);

#define FIELD(type, base, offset) ({					\
	type value_ = 0;						\
	bpf_probe_read_kernel(&value_, sizeof(value_), (void *)(base) + (offset)); \
	value_; })

static __always_inline u64 forced_so_far(u64 p)
{
#if LABEL_BY_COUNT
	return FIELD(u64, p, OFF_NR_FORCED);
#else
	return 0;
#endif
}

static __always_inline int wanted(u64 p, struct record *r)
{
#if FILTER_PID
	if (r->pid != FILTER_PID && FIELD(int, p, OFF_TGID) != FILTER_PID)
		return 0;
#endif
#ifdef FILTER_COMM
	const char name[16] = FILTER_COMM;
	int i;

#pragma unroll
	for (i = 0; i < 16; i++)
		if (r->comm[i] != name[i])
			return 0;
#endif
	return 1;
}

static __always_inline u64 throttled(u64 p, int src, int dst)
{
#if HAVE_BANDWIDTH
	u64 group = FIELD(u64, p, OFF_TASK_GROUP);
	u64 queues = FIELD(u64, group, OFF_TG_CFS_RQ);
	u64 from = FIELD(u64, queues, 8 * (u64)src);
	u64 to = FIELD(u64, queues, 8 * (u64)dst);

	return FIELD(int, from, OFF_THROTTLE_COUNT) || FIELD(int, to, OFF_THROTTLE_COUNT);
#else
	return 0;
#endif
}

int enter(struct pt_regs *ctx)
{
	u64 p = PT_REGS_PARM1(ctx), env = PT_REGS_PARM2(ctx);
	u64 sd, src, dst, queue, mask, entity = p + OFF_SE;
	int zero = 0, dst_cpu, src_cpu;
	struct pending_state *s = state.lookup(&zero);
	struct counters *n = counts.lookup(&zero);
	struct record *r = pending.lookup(&zero);

	if (!r || !n || !s)
		return 0;
	n->entries++;
	s->task = 0;
	r->pid = FIELD(int, p, OFF_PID);
	bpf_probe_read_kernel(r->comm, sizeof(r->comm), (void *)p + OFF_COMM);
	if (!wanted(p, r)) {
		n->filtered++;
		return 0;
	}
	s->task = p;
	s->open = 1;
	s->forced = forced_so_far(p);
	r->kind = KIND_CALL;
	r->cpu = bpf_get_smp_processor_id();
	r->seq++;
	r->ts = bpf_ktime_get_ns();
	r->task_load_avg = FIELD(u64, p, OFF_SE_LOAD_AVG);
	r->task_util_avg = FIELD(u64, p, OFF_SE_UTIL_AVG);
	r->task_vruntime = FIELD(u64, p, OFF_SE_VRUNTIME);
	r->task_nr_migrations = FIELD(u64, p, OFF_SE_NR_MIGRATIONS);
	r->start_runtime = FIELD(u64, p, OFF_SE_EXEC_START);
	r->task_running = FIELD(int, p, OFF_ON_CPU) != 0;
	r->task_policy = FIELD(u32, p, OFF_POLICY);
	r->static_prio = FIELD(int, p, OFF_STATIC_PRIO);

	sd = FIELD(u64, env, OFF_ENV_SD);
	src = FIELD(u64, env, OFF_ENV_SRC_RQ);
	dst = FIELD(u64, env, OFF_ENV_DST_RQ);
	src_cpu = FIELD(int, env, OFF_ENV_SRC_CPU);
	dst_cpu = FIELD(int, env, OFF_ENV_DST_CPU);
	r->src_cpu = src_cpu;
	r->dst_cpu = dst_cpu;
	r->idle = FIELD(u32, env, OFF_ENV_IDLE);
	r->imbalance = FIELD(u64, env, OFF_ENV_IMBALANCE);
	r->lb_flags = FIELD(u32, env, OFF_ENV_FLAGS);
	r->lb_loop = FIELD(u32, env, OFF_ENV_LOOP);
	r->migration_type = FIELD(u32, env, OFF_ENV_MIGRATION_TYPE);

	r->sd_nr_balance_failed = FIELD(u32, sd, OFF_SD_FAILED);
	r->sd_cache_nice_tries = FIELD(u32, sd, OFF_SD_NICE_TRIES);
	r->sd_flags = FIELD(u32, sd, OFF_SD_FLAGS);
#if HAVE_SD_NAME
	{
		u64 name = FIELD(u64, sd, OFF_SD_NAME);

		bpf_probe_read_kernel_str(r->level, sizeof(r->level), (void *)name);
	}
#endif
	r->dst_rq_load = FIELD(u64, dst, OFF_RQ_LOAD);
	r->dst_rq_load_avg = FIELD(u64, dst, OFF_RQ_LOAD_AVG);
	r->dst_rq_nr_running = FIELD(u32, dst, OFF_RQ_NR_RUNNING);
	r->dst_rq_util_avg = FIELD(u64, dst, OFF_RQ_UTIL_AVG);
	r->src_rq_load = FIELD(u64, src, OFF_RQ_LOAD);
	r->src_rq_load_avg = FIELD(u64, src, OFF_RQ_LOAD_AVG);
	r->src_rq_nr_running = FIELD(u32, src, OFF_RQ_NR_RUNNING);
	r->src_rq_util_avg = FIELD(u64, src, OFF_RQ_UTIL_AVG);
	r->delta = FIELD(u64, src, OFF_RQ_CLOCK_TASK) - r->start_runtime;

	mask = FIELD(u64, p, OFF_CPUS_PTR);
	r->task_affine = FIELD(u64, mask, 8 * ((u64)dst_cpu / 64)) >> (dst_cpu & 63) & 1;
	queue = src + OFF_RQ_CFS;
#if HAVE_GROUPS
	queue = FIELD(u64, p, OFF_SE_CFS_RQ);
#endif
#if HAVE_BUDDIES
	r->task_buddy = FIELD(u64, queue, OFF_CFS_NEXT) == entity || FIELD(u64, queue, OFF_CFS_LAST) == entity;
#endif
	r->task_throttled = throttled(p, src_cpu, dst_cpu);
	r->task_percpu_kthread = 0;
	if (FIELD(u32, p, OFF_FLAGS) & 0x00200000) { /* PF_KTHREAD */
		u64 kthread = FIELD(u64, p, OFF_WORKER_PRIVATE);

		if (kthread)
			r->task_percpu_kthread = FIELD(u64, kthread, 0) & 1;
	}
	return 0;
}

int leave(struct pt_regs *ctx)
{
	int zero = 0;
	struct pending_state *s = state.lookup(&zero);
	struct counters *n = counts.lookup(&zero);
	struct record *r = pending.lookup(&zero);

	if (!r || !n || !s)
		return 0;
	n->returns++;
	if (!s->open) {
		if (s->task)
			n->unmatched++;
		return 0;
	}
	s->open = 0;
	r->returned = (int)PT_REGS_RC(ctx);
#if LABEL_BY_COUNT
	r->hot = forced_so_far(s->task) != s->forced;
#else
	r->hot = FIELD(u8, s->task, OFF_HOT_BYTE) >> HOT_BIT & 1;
#endif
	if (records.ringbuf_output(r, sizeof(*r), 0))
		n->dropped++;
	return 0;
}

/*
 * detach_task() takes the task off its queue and then names its new CPU; no
 * other path does that on this CPU right after a positive answer for it.
 */
RAW_TRACEPOINT_PROBE(sched_migrate_task)
{
	int zero = 0;
	struct pending_state *s = state.lookup(&zero);
	struct counters *n = counts.lookup(&zero);
	struct record *r = pending.lookup(&zero);

	if (!r || !n || !s || !s->task || s->open || s->task != ctx->args[0])
		return 0;
	if (!r->returned || (u32)ctx->args[1] != r->dst_cpu)
		return 0;
	if (FIELD(int, s->task, OFF_ON_RQ) != 2) /* TASK_ON_RQ_MIGRATING */
		return 0;
	s->task = 0;
	n->detached++;
	r->kind = KIND_DETACH;
	if (records.ringbuf_output(r, sizeof(*r), 0))
		n->dropped++;
	return 0;
}
