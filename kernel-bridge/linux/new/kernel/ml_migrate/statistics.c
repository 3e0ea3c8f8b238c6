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

/* Not a snapshot: CPUs go on counting. Both structures are nothing but u64. */
static void ml_add(u64 *to, const void *from, size_t size)
{
	const u64 *word = from;
	size_t i;

	for (i = 0; i < size / sizeof(u64); i++)
		to[i] += READ_ONCE(word[i]);
}

/**
 * ml_counters_reset() - back to zero, as far as CPUs that count meanwhile allow
 */
void ml_counters_reset(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		memset(&per_cpu_ptr(&ml_cpu, cpu)->count, 0, sizeof(struct ml_counters));
		memset(per_cpu_ptr(&ml_latency, cpu), 0, sizeof(struct ml_latency));
	}
}

/**
 * ml_counters_show() - one "name value" a line
 * @m: where to
 */
void ml_counters_show(struct seq_file *m)
{
	struct ml_counters sum = { };
	u64 predicted = 0;
	int i, sign, cpu;

	for_each_possible_cpu(cpu)
		ml_add((u64 *)&sum, &per_cpu_ptr(&ml_cpu, cpu)->count, sizeof(sum));
	for (i = 0; i < 3; i++)
		predicted += sum.outcome[i][0] + sum.outcome[i][1];
	for (i = 0; i < ML_NR_CONTEXTS; i++)
		seq_printf(m, "calls_%s %llu\n", context_names[i], sum.calls[i]);
	seq_printf(m, "refused %llu\nactive %llu\npredicted %llu\n",
		   sum.refused, sum.active, predicted);
	for (i = 0; i < 3; i++)
		seq_printf(m, "not_asked_%d %llu\n", i, sum.not_asked[i]);
	for (i = 0; i < 3; i++)
		for (sign = 0; sign < 2; sign++)
			seq_printf(m, "cfs_%d_%s %llu\n", i, sign ? "positive" : "negative",
				   sum.outcome[i][sign]);
	seq_printf(m, "overruled %llu\nvetoed %llu\nhard_refused %llu\nhard_moved %llu\n",
		   sum.overruled, sum.vetoed, sum.hard[0], sum.hard[1]);
	seq_printf(m, "no_model %llu\nfpu_busy %llu\n", sum.no_model, sum.fpu_busy);
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
	struct ml_latency *sum = kvzalloc(sizeof(*sum), GFP_KERNEL);
	int what, context, bucket, last, cpu;

	if (!sum)
		return;
	for_each_possible_cpu(cpu)
		ml_add((u64 *)sum, per_cpu_ptr(&ml_latency, cpu), sizeof(*sum));
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
