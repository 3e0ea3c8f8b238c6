/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NT_PATH_PACKED without vectors, as the kernel needs it:
 * two rows in one 64-bit multiplication.
 */
#ifndef NT_PACKED_SCALAR_H
#define NT_PACKED_SCALAR_H

#include "nt_activate.h"
#include "nt_input.h"

/* One row: activation of its sum, times its weight in the output. */
static __always_inline s32 nt_row_output(u32 activation, s32 sum, u32 shift, s32 weight)
{
	u32 cell = (sum >> shift) + NT_SIGMOID_ORIGIN;

	if (activation != NT_ACT_SIGMOID)
		return nt_activate(activation, sum >> shift) * weight;
	if (unlikely(cell >= NT_SIGMOID_CELLS))
		cell = ~((s32)cell >> 31) & (NT_SIGMOID_CELLS - 1);
	return nt_sigmoid_table[cell] * weight;
}

/*
 * Two rows at once: the low half of the sum is the first row's, the high half
 * the second's less the borrow of the first.
 */
static __always_inline s64 nt_packed_rows(const struct nt_packed *h, const u64 *x, u32 columns,
					  u32 activation)
{
	const u8 *at = (const u8 *)(h + 1);
	const u8 *end = (const u8 *)h + h->end;
	s32 logit = h->bias;	/* fits, as every sum: M2 */
	u32 shift = h->shift;
	u32 j;

	do {
		const struct nt_pair *pair = (const void *)at;
		const u64 *weights = (const void *)(pair + 1);
		u64 sum = pair->bias;

#pragma GCC unroll 16
		for (j = 0; j < columns; j++)
			sum += x[j] * weights[j];
		at = (const u8 *)(weights + columns);
		logit += nt_row_output(activation, (s32)sum, shift, pair->out[0]);
		sum += 1ULL << 31;
		logit += nt_row_output(activation, (s32)(sum >> 32), shift, pair->out[1]);
	} while (at != end);
	return logit;
}

/* All inputs, those that are NT_LINEAR first. */
static __always_inline void nt_read_packed(const struct nt_model *m, nt_reader_fn *read,
					   const void *from, u64 *x)
{
	const struct nt_input *in = nt_inputs(m);
	u32 i;

	for (i = 0; i < m->linear[0]; i++)
		x[i] = nt_read_linear(&in[i], read, from);
	for (; i < m->nr_inputs; i++)
		x[i] = nt_read_other(&in[i], read, from);
}

static __always_inline s64 nt_packed(const struct nt_model *m, nt_reader_fn *read,
				     const void *from)
{
	const struct nt_packed *h = nt_layers(m);
	u64 x[NT_PACKED_INPUTS] __uninitialized;

	nt_read_packed(m, read, from, x);
	/* Of the presets' numbers of inputs the products stand one after the other. */
	if (h->activation != NT_ACT_SIGMOID)
		return nt_packed_rows(h, x, h->columns, h->activation);
	if (likely(h->columns == 7))
		return nt_packed_rows(h, x, 7, NT_ACT_SIGMOID);
	if (h->columns == 10)
		return nt_packed_rows(h, x, 10, NT_ACT_SIGMOID);
	if (h->columns == 14)
		return nt_packed_rows(h, x, 14, NT_ACT_SIGMOID);
	return nt_packed_rows(h, x, h->columns, NT_ACT_SIGMOID);
}

static noinline __nt_hot s64 nt_logit_packed(const struct nt_model *m, const u64 *features)
{
	return nt_packed(m, nt_feature_word, features);
}

#endif /* NT_PACKED_SCALAR_H */
