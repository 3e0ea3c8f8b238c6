/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NT_PATH_SMALL and NT_PATH_PACKED without vectors, as the kernel needs it:
 * two rows in one 64-bit multiplication.
 */
#ifndef NT_PACKED_SCALAR_H
#define NT_PACKED_SCALAR_H

#include "nt_activate.h"
#include "nt_input.h"

/* One row: activation of its sum, times its weight in the output. */
static __always_inline s64 nt_row_output(u32 activation, s32 sum, u32 shift, s32 weight)
{
	s32 y;

	if (activation == NT_ACT_SIGMOID) {
		/* Saturated to 16 bits, then >> 5, in one step. */
		y = sum >> shift;
		y = y < -1024 ? -1024 : y > 1023 ? 1023 : y;
		y = nt_sigmoid_table[y & 2047];
	} else {
		y = nt_activate(activation, sum >> shift);
	}
	return (s64)y * weight;
}

/*
 * Two rows at once: the low half of the sum is the first row's, the high half
 * the second's less the borrow of the first.
 */
static __always_inline s64 nt_packed_rows(const struct nt_packed *h, const u64 *x,
					  u32 columns, u32 activation)
{
	const u64 *at = (const u64 *)(h + 1);
	s64 logit = h->bias;
	u32 shift = h->shift;
	u32 blocks = h->blocks;
	u32 j;

	do {
		const s32 *out = (const s32 *)(at + 1);
		u64 sum = at[0];

		at += 2;
		for (j = 0; j < columns; j += 4, at += 4) {
			sum += x[j] * at[0];
			sum += x[j + 1] * at[1];
			sum += x[j + 2] * at[2];
			sum += x[j + 3] * at[3];
		}
		logit += nt_row_output(activation, (s32)sum, shift, out[0]);
		sum += 1ULL << 31;
		logit += nt_row_output(activation, (s32)(sum >> 32), shift, out[1]);
	} while (--blocks);
	return logit;
}

/* All inputs, and zeros up to a multiple of four. */
static __always_inline void nt_read_packed(const struct nt_model *m, const u64 *features,
					   u64 *x)
{
	const struct nt_input *in = nt_inputs(m);
	u32 i;

	for (i = 0; i < m->linear[0]; i++)
		x[i] = nt_read_linear(&in[i], features);
	for (; i < m->nr_inputs; i++)
		x[i] = nt_read_input(&in[i], features);
	x[i] = 0;
	x[i + 1] = 0;
	x[i + 2] = 0;
}

static __always_inline s64 nt_logit_small(const struct nt_model *m, const u64 *features)
{
	u64 x[8 + 3] __uninitialized;

	nt_read_packed(m, features, x);
	return nt_packed_rows(nt_layers(m), x, 8, NT_ACT_SIGMOID);
}

static noinline __nt_hot s64 nt_logit_packed(const struct nt_model *m, const u64 *features)
{
	const struct nt_packed *h = nt_layers(m);
	u64 x[NT_PACKED_INPUTS + 3] __uninitialized;

	nt_read_packed(m, features, x);
	if (h->activation == NT_ACT_SIGMOID)
		return nt_packed_rows(h, x, h->columns, NT_ACT_SIGMOID);
	return nt_packed_rows(h, x, h->columns, h->activation);
}

#endif /* NT_PACKED_SCALAR_H */
