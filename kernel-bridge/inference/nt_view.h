/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the parts of a layer lie in a model file, and how large its sums can
 * get: shared by the checks (nt_validate.c) and the preparation (nt_model.c).
 */
#ifndef NT_VIEW_H
#define NT_VIEW_H

#include "nt_format.h"

/* Smallest and largest x a layer can get. */
static inline void nt_x_range(int activation, s32 *low, s32 *high)
{
	*low = activation == NT_ACT_IDENTITY ? -32768 : 0;
	*high = 32767;
}

/* Where the parts of a layer lie in the file. */
struct nt_view {
	u32 inputs;
	u32 outputs;
	u32 activation;
	u32 shift;
	const u8 *bias;
	const u8 *floats;
	const u8 *weights;
	u32 size;
};

static inline void nt_view_layer(const u8 *p, bool with_float, struct nt_view *v)
{
	v->inputs = nt_get16(p + NT_LA_INPUTS);
	v->outputs = nt_get16(p + NT_LA_OUTPUTS);
	v->activation = p[NT_LA_ACTIVATION];
	v->shift = p[NT_LA_SHIFT];
	v->bias = p + NT_LAYER_HEADER_SIZE;
	v->floats = v->bias + v->outputs * 8;
	v->weights = v->floats;
	if (with_float)
		v->weights += (v->inputs + 1) * v->outputs * 4;
	v->size = nt_layer_size(v->inputs, v->outputs, with_float);
}

static inline s64 nt_view_bias(const struct nt_view *v, u32 row)
{
	return (s64)nt_get64(v->bias + row * 8);
}

static inline s32 nt_view_weight(const struct nt_view *v, u32 row, u32 column)
{
	return (s16)nt_get16(v->weights + (row * v->inputs + column) * 2);
}

/*
 * Interval analysis: the smallest and largest sum of a row over every x in
 * range. With |bias| <= 2^53 neither can leave an s64.
 */
static inline void nt_row_interval(const struct nt_view *v, u32 row, s32 x_low, s32 x_high,
			    s64 *low, s64 *high)
{
	u32 j;

	*low = nt_view_bias(v, row);
	*high = *low;
	for (j = 0; j < v->inputs; j++) {
		s64 w = nt_view_weight(v, row, j);

		*low += w * (w < 0 ? x_high : x_low);
		*high += w * (w < 0 ? x_low : x_high);
	}
}

/* Do the sums of all rows fit an s32? */
static inline bool nt_layer_narrow(const struct nt_view *v, s32 x_low, s32 x_high)
{
	s64 low, high;
	u32 i;

	for (i = 0; i < v->outputs; i++) {
		nt_row_interval(v, i, x_low, x_high, &low, &high);
		if (low < -(1LL << 31) || high >= 1LL << 31)
			return false;
	}
	return true;
}

#endif /* NT_VIEW_H */
