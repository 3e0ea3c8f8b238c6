/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The feature NT_F_COLDNESS: time since a task ran, relative to the migration
 * cost. The same numbers as coldness() in model/feature-values.ts; whoever fills
 * in feature words uses it, the inference itself does not.
 */
#ifndef NT_COLDNESS_H
#define NT_COLDNESS_H

#include "nt_types.h"

/* No logarithm of a word is larger. */
#define NT_COLDNESS_MAX	65535

/* log2 of 1 + v in units of 1/1024, straight between powers of two; v < 2^63. */
static inline s64 nt_octaves(u64 v)
{
	u32 n;

	v++;
	n = 63 - __builtin_clzll(v);
	/* Rotated right by n, the bits below the leading one are on top. */
	v = v >> n | v << (-n & 63);
	return n << 10 | (u32)(v >> 54);
}

/**
 * nt_coldness() - how cold a task is by the clock of task_hot()
 * @delta: ns since it ran, rq_clock_task() - exec_start
 * @cost: sysctl_sched_migration_cost, ns; (u32)-1: all tasks are hot, 0: none is
 *
 * Return: octaves of @delta above @cost, in units of 1/1024; below 0: hot.
 */
static inline s64 nt_coldness(s64 delta, u32 cost)
{
	if (cost == (u32)-1)
		return -NT_COLDNESS_MAX;
	if (!cost)
		return NT_COLDNESS_MAX;
	return nt_octaves(delta > 0 ? delta : 0) - nt_octaves(cost);
}

#endif /* NT_COLDNESS_H */
