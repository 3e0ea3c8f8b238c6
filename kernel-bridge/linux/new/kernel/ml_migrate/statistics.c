// SPDX-License-Identifier: GPL-2.0-only
/* Adding up and printing the per-CPU counters. */
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "internal.h"

static const char * const context_names[ML_NR_CONTEXTS] = {
	"newly_idle", "softirq", "nohz", "active"
};

static const char * const timed_names[ML_NR_TIMED] = {
	"stock", "shadow", "fixed", "float"
};

/**
 * ml_counters_sum() - the sum over all CPUs
 * @sum: result
 *
 * Not a snapshot: CPUs go on counting. struct ml_counters is nothing but u64.
 */
void ml_counters_sum(struct ml_counters *sum)
{
	u64 *to = (u64 *)sum;
	size_t i;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const u64 *from = (const u64 *)per_cpu_ptr(&ml_counters, cpu);

		for (i = 0; i < sizeof(*sum) / sizeof(u64); i++)
			to[i] += READ_ONCE(from[i]);
	}
}

/**
 * ml_counters_reset() - back to zero, as far as CPUs that count meanwhile allow
 */
void ml_counters_reset(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(&ml_counters, cpu), 0, sizeof(struct ml_counters));
}

/**
 * ml_counters_show() - one "name value" a line
 * @m: where to
 */
void ml_counters_show(struct seq_file *m)
{
	struct ml_counters *sum = kvmalloc(sizeof(*sum), GFP_KERNEL);
	u64 predicted = 0;
	int i, sign;

	if (!sum)
		return;
	ml_counters_sum(sum);
	for (i = 0; i < 3; i++)
		predicted += sum->outcome[i][0] + sum->outcome[i][1];
	for (i = 0; i < ML_NR_CONTEXTS; i++)
		seq_printf(m, "calls_%s %llu\n", context_names[i], sum->calls[i]);
	seq_printf(m, "refused %llu\nactive %llu\npredicted %llu\n",
		   sum->refused, sum->active, predicted);
	for (i = 0; i < 3; i++)
		for (sign = 0; sign < 2; sign++)
			seq_printf(m, "cfs_%d_%s %llu\n", i, sign ? "positive" : "negative",
				   sum->outcome[i][sign]);
	seq_printf(m, "overruled %llu\nvetoed %llu\nhard_refused %llu\nhard_moved %llu\n",
		   sum->overruled, sum->vetoed, sum->hard[0], sum->hard[1]);
	seq_printf(m, "no_model %llu\nfpu_busy %llu\n", sum->no_model, sum->fpu_busy);
	kvfree(sum);
}

/**
 * ml_latency_show() - one line for each mode and context that has counts
 * @m: where to
 *
 * "mode context calls cycles b0 b1 ...": sum of cycles, then the buckets up to
 * the last one that is not empty.
 */
void ml_latency_show(struct seq_file *m)
{
	struct ml_counters *sum = kvmalloc(sizeof(*sum), GFP_KERNEL);
	int what, context, bucket, last;

	if (!sum)
		return;
	ml_counters_sum(sum);
	for (what = 0; what < ML_NR_TIMED; what++) {
		for (context = 0; context < ML_NR_CONTEXTS; context++) {
			const u64 *buckets = sum->histogram[what][context];

			if (!sum->timed[what][context])
				continue;
			seq_printf(m, "%s %s %llu %llu", timed_names[what], context_names[context],
				   sum->timed[what][context], sum->cycles[what][context]);
			for (last = ML_NR_BUCKETS - 1; last > 0 && !buckets[last]; last--)
				;
			for (bucket = 0; bucket <= last; bucket++)
				seq_printf(m, " %llu", buckets[bucket]);
			seq_putc(m, '\n');
		}
	}
	kvfree(sum);
}
