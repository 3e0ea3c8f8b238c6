/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NT_PATH_SMALL and NT_PATH_PACKED without vectors, as the kernel needs it:
 * two rows in one 64-bit multiplication.
 */
#ifndef NT_PACKED_SCALAR_H
#define NT_PACKED_SCALAR_H

#include "nt_activate.h"
#include "nt_input.h"

/*
 * One row: activation of its sum, times its weight in the output. Sums of a
 * sigmoid's row begin at NT_SIGMOID_ORIGIN, so that one comparison tells
 * whether they saturate.
 */
static __always_inline s64 nt_row_output(u32 activation, s32 sum, u32 shift, s32 weight)
{
	s32 y;

	if (activation == NT_ACT_SIGMOID) {
		u32 cell = (u32)(sum >> shift);

		if (unlikely(cell >= NT_SIGMOID_CELLS))
			cell = ~((s32)cell >> 31) & (NT_SIGMOID_CELLS - 1);
		y = nt_sigmoid_table[cell ^ NT_SIGMOID_ORIGIN];
	} else {
		y = nt_activate(activation, sum >> shift);
	}
	return (s64)y * weight;
}

/*
 * Two rows at once: the low half of the sum is the first row's, the high half
 * the second's less the borrow of the first. Gives the logit, or with @decide,
 * as soon as it is certain, whether it is above the threshold.
 */
static __always_inline s64 nt_packed_rows(const struct nt_packed *h, const u64 *x,
					  u32 columns, u32 activation, bool decide)
{
	const u8 *at = (const u8 *)(h + 1);
	s64 logit = h->bias;
	u32 shift = h->shift;
	u32 blocks = h->blocks;
	u32 j;

	do {
		const struct nt_pair *pair = (const void *)at;
		const u64 *weights = (const void *)(pair + 1);
		u64 sum = pair->bias;

		for (j = 0; j < columns; j += 4) {
			sum += x[j] * weights[j];
			sum += x[j + 1] * weights[j + 1];
			sum += x[j + 2] * weights[j + 2];
			sum += x[j + 3] * weights[j + 3];
		}
		at = (const u8 *)(weights + columns);
		logit += nt_row_output(activation, (s32)sum, shift, pair->out[0]);
		sum += 1ULL << 31;
		logit += nt_row_output(activation, (s32)(sum >> 32), shift, pair->out[1]);
		if (decide) {
			if (logit > pair->above)
				return 1;
			if (logit <= pair->below)
				return 0;
		}
	} while (decide || --blocks);
	return logit;
}

/* All inputs, and zeros up to a multiple of four. */
static __always_inline void nt_read_packed(const struct nt_model *m, const u64 *features,
					   const void *const *places, u64 *x)
{
	const struct nt_input *in = nt_inputs(m);
	u32 i;

	for (i = 0; i < m->linear[0]; i++)
		x[i] = nt_read_linear(&in[i], features, places);
	for (; i < m->nr_inputs; i++)
		x[i] = nt_read_input(&in[i], features, places);
	x[i] = 0;
	x[i + 1] = 0;
	x[i + 2] = 0;
}

static __always_inline s64 nt_small(const struct nt_model *m, const u64 *features,
				    const void *const *places, bool decide)
{
	u64 x[8 + 3] __uninitialized;

	nt_read_packed(m, features, places, x);
	return nt_packed_rows(nt_layers(m), x, 8, NT_ACT_SIGMOID, decide);
}

static __always_inline s64 nt_packed(const struct nt_model *m, const u64 *features,
				     const void *const *places, bool decide)
{
	const struct nt_packed *h = nt_layers(m);
	u64 x[NT_PACKED_INPUTS + 3] __uninitialized;

	nt_read_packed(m, features, places, x);
	if (h->activation == NT_ACT_SIGMOID)
		return nt_packed_rows(h, x, h->columns, NT_ACT_SIGMOID, decide);
	return nt_packed_rows(h, x, h->columns, h->activation, decide);
}

static noinline __nt_hot s64 nt_logit_small(const struct nt_model *m, const u64 *features)
{
	return nt_small(m, features, NULL, false);
}

static noinline __nt_hot s64 nt_logit_packed(const struct nt_model *m, const u64 *features)
{
	return nt_packed(m, features, NULL, false);
}

static __always_inline bool nt_decide_small(const struct nt_model *m, const void *const *places)
{
	return nt_small(m, NULL, places, true);
}

static noinline __nt_hot bool nt_decide_packed(const struct nt_model *m,
					       const void *const *places)
{
	return nt_packed(m, NULL, places, true);
}

#endif /* NT_PACKED_SCALAR_H */
