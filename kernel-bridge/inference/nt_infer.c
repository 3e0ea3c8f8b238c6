// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decision of a model, in integers alone.
 *
 * Definition (docs/model-file.md, model/fixed-point-net.ts):
 *
 *	x = (T(word) - low) * multiplier / 2^48 - 32768
 *	z = (bias + sum of weight * x) >> shift, saturated to 16 bits
 *	y = activation(z), the next layer's x; the last sum is the logit
 *
 * Two paths compute it (nt_internal.h). NT_PATH_PACKED is made for the sizes in
 * use, one hidden layer and few inputs; nt_model.c has proven that its sums
 * fit 32 bits. NT_PATH_LOOPS takes any model.
 */
#include "nt_internal.h"
#include "nt_sigmoid.h"

#if NT_USE_SSE2
#include <emmintrin.h>
#endif

/* log2 of 1 + v in units of 1/1024, straight between powers of two. */
static __always_inline u32 nt_log2(u64 v)
{
	u64 u = v + 1;
	u32 n;

	if (unlikely(!u))	/* 1 + v saturates */
		u--;
	n = 63 - __builtin_clzll(u);
	/* Rotated right by n, the bits below the leading one are on top. */
	u = u >> n | u << (-n & 63);
	return n << 10 | (u32)(u >> 54);
}

/* One input: x + 32768, from 0 to 65535. */
static __always_inline u32 nt_read_input(const struct nt_input *in,
					 const u64 *features)
{
	u64 v = *(const u64 *)((const u8 *)features + in->at);

	if (likely(in->kind == NT_RAMP)) {
		v = v < in->span ? v : in->span;
		return v * in->multiplier >> 48;
	}
	if (in->kind == NT_LOG_UNSIGNED)
		return nt_log2(v);
	if (in->kind == NT_LOG_SIGNED)
		return nt_log2((s64)v < 0 ? 0 : v);
	v ^= in->flip;
	v = v < in->low ? 0 : v - in->low;
	v = v < in->span ? v : in->span;
	return v * in->multiplier >> 48;
}

static __always_inline s32 nt_saturate(s64 z)
{
	return z < -32768 ? -32768 : z > 32767 ? 32767 : (s32)z;
}

static __always_inline s32 nt_activate(u32 activation, s64 z)
{
	s32 y = nt_saturate(z);

	if (activation == NT_ACT_SIGMOID)
		return nt_sigmoid_table[(u16)y >> 5];
	return activation == NT_ACT_RELU && y < 0 ? 0 : y;
}

/* Sums of 64 bits, any number of layers. */
static s64 nt_logit_loops(const struct nt_model *m, const u64 *features)
{
	s16 buffers[2][NT_MAX_WIDTH];
	const u8 *at = nt_layers(m);
	const s16 *x = buffers[0];
	s64 sum = 0;
	u32 l, i, j;

	for (i = 0; i < m->nr_inputs; i++)
		buffers[0][i] = (s32)nt_read_input(&nt_inputs(m)[i], features) - 32768;
	for (l = 1; l <= m->nr_layers; l++) {
		const struct nt_loop_layer *layer = (const void *)at;
		const s64 *bias = (const void *)(layer + 1);
		const s16 *w = (const void *)(bias + layer->outputs);
		s16 *y = buffers[l & 1];

		for (i = 0; i < layer->outputs; i++, w += layer->inputs) {
			if (layer->narrow) {
				s32 narrow = 0;

				/* Unsigned: a part of the sum may wrap. */
				for (j = 0; j < layer->inputs; j++)
					narrow = (u32)narrow + (u32)(w[j] * x[j]);
				sum = (s32)((u32)bias[i] + (u32)narrow);
			} else {
				sum = bias[i];
				for (j = 0; j < layer->inputs; j++)
					sum += w[j] * x[j];
			}
			y[i] = nt_activate(layer->activation, sum >> layer->shift);
		}
		x = y;
		at += nt_loop_layer_size(layer->inputs, layer->outputs);
	}
	return sum;
}

#if NT_USE_SSE2

/*
 * Sums of four rows: pmaddwd multiplies a pair of columns, broadcast to all
 * lanes, with the weights of four rows.
 */
#define NT_PAIR(x, k, w) \
	_mm_madd_epi16(_mm_shuffle_epi32((x), (k) * 0x55), (w)[k])

static __always_inline __m128i nt_four_rows(__m128i x, const __m128i *w, __m128i sum)
{
	sum = _mm_add_epi32(sum, NT_PAIR(x, 0, w));
	sum = _mm_add_epi32(sum, NT_PAIR(x, 1, w));
	sum = _mm_add_epi32(sum, NT_PAIR(x, 2, w));
	return _mm_add_epi32(sum, NT_PAIR(x, 3, w));
}

#define NT_LOOK_UP(z, k) nt_sigmoid_table[_mm_extract_epi16((z), (k))]

static __always_inline __m128i nt_activate_eight(u32 activation, __m128i z)
{
	__m128i y;

	if (activation == NT_ACT_IDENTITY)
		return z;
	if (activation == NT_ACT_RELU)
		return _mm_max_epi16(z, _mm_setzero_si128());
	z = _mm_srli_epi16(z, 5);
	y = _mm_cvtsi32_si128(NT_LOOK_UP(z, 0));
	y = _mm_insert_epi16(y, NT_LOOK_UP(z, 1), 1);
	y = _mm_insert_epi16(y, NT_LOOK_UP(z, 2), 2);
	y = _mm_insert_epi16(y, NT_LOOK_UP(z, 3), 3);
	y = _mm_insert_epi16(y, NT_LOOK_UP(z, 4), 4);
	y = _mm_insert_epi16(y, NT_LOOK_UP(z, 5), 5);
	y = _mm_insert_epi16(y, NT_LOOK_UP(z, 6), 6);
	return _mm_insert_epi16(y, NT_LOOK_UP(z, 7), 7);
}

static __always_inline u32 nt_sum_lanes(__m128i v)
{
	v = _mm_add_epi32(v, _mm_shuffle_epi32(v, 0x4e));
	v = _mm_add_epi32(v, _mm_shuffle_epi32(v, 0xb1));
	return (u32)_mm_cvtsi128_si32(v);
}

static __always_inline s64 nt_packed_rows(const struct nt_packed *h, __m128i x0,
					  __m128i x1, u32 columns)
{
	const u8 *at = (const u8 *)(h + 1);
	__m128i drop = _mm_cvtsi32_si128(h->shift);
	__m128i total = _mm_setzero_si128();
	u32 logit = (u32)h->bias;	/* parts of the sum may wrap */
	u32 i;

	for (i = h->blocks; i; i--, at += nt_block_size(columns)) {
		const __m128i *b = (const __m128i *)at;
		const __m128i *w = b + 3;
		__m128i low = nt_four_rows(x0, w, b[0]);
		__m128i high = nt_four_rows(x0, w + columns / 2, b[1]);
		__m128i y;

		if (columns > 8) {
			low = nt_four_rows(x1, w + 4, low);
			high = nt_four_rows(x1, w + 12, high);
		}
		y = _mm_packs_epi32(_mm_sra_epi32(low, drop),
				    _mm_sra_epi32(high, drop));
		y = nt_activate_eight(h->activation, y);
		total = _mm_add_epi32(total, _mm_madd_epi16(y, b[2]));
	}
	for (i = h->singles; i; i--, at += nt_single_size(columns)) {
		const __m128i *w = (const __m128i *)at;
		const s32 *rest = (const s32 *)(at + columns * 2);
		__m128i sum = _mm_madd_epi16(x0, w[0]);
		s32 z;

		if (columns > 8)
			sum = _mm_add_epi32(sum, _mm_madd_epi16(x1, w[1]));
		z = (s32)((u32)rest[0] + nt_sum_lanes(sum)) >> h->shift;

		logit += (u32)(nt_activate(h->activation, z) * rest[1]);
	}
	return (s32)(logit + nt_sum_lanes(total));
}

#define NT_INSERT(v, k, in, f) \
	_mm_insert_epi16((v), nt_read_input((in) + (k), (f)), (k))

/* Up to eight inputs as 16-bit lanes; lanes beyond @n meet weights of zero. */
static __always_inline __m128i nt_read_eight(const struct nt_input *in, u32 n,
					     const u64 *f)
{
	__m128i x = _mm_set1_epi16(-32768);

	switch (n) {
	default:
		x = NT_INSERT(x, 7, in, f);
		fallthrough;
	case 7:
		x = NT_INSERT(x, 6, in, f);
		fallthrough;
	case 6:
		x = NT_INSERT(x, 5, in, f);
		fallthrough;
	case 5:
		x = NT_INSERT(x, 4, in, f);
		fallthrough;
	case 4:
		x = NT_INSERT(x, 3, in, f);
		fallthrough;
	case 3:
		x = NT_INSERT(x, 2, in, f);
		fallthrough;
	case 2:
		x = NT_INSERT(x, 1, in, f);
		fallthrough;
	case 1:
		x = NT_INSERT(x, 0, in, f);
	}
	return _mm_xor_si128(x, _mm_set1_epi16(-32768));
}

static __always_inline s64 nt_logit_packed(const struct nt_model *m,
					   const u64 *features)
{
	const struct nt_input *in = nt_inputs(m);
	const struct nt_packed *h = nt_layers(m);
	__m128i x0 = nt_read_eight(in, m->nr_inputs, features);

	if (likely(m->nr_inputs <= 8))
		return nt_packed_rows(h, x0, x0, 8);
	return nt_packed_rows(h, x0, nt_read_eight(in + 8, m->nr_inputs - 8, features),
			      16);
}

#else /* !NT_USE_SSE2 */

static __always_inline s64 nt_logit_packed(const struct nt_model *m,
					   const u64 *features)
{
	const struct nt_input *in = nt_inputs(m);
	const struct nt_packed *h = nt_layers(m);
	const u64 *at = (const u64 *)(h + 1);
	u64 x[NT_PACKED_INPUTS];
	s64 logit = h->bias;
	u32 i, j;

	for (i = 0; i < m->nr_inputs; i++)
		x[i] = nt_read_input(&in[i], features);
	for (; i < h->columns; i++)
		x[i] = 0;
	for (i = h->blocks; i; i--) {
		u64 sum = at[0];
		const s32 *out = (const s32 *)(at + 1);
		const u64 *w = at + 2;

		/*
		 * Two rows at once: the low half of the sum is the first row's,
		 * the high half the second's less the borrow of the first.
		 */
		for (j = 0; j < h->columns; j += 4)
			sum += x[j] * w[j] + x[j + 1] * w[j + 1] +
			       x[j + 2] * w[j + 2] + x[j + 3] * w[j + 3];
		logit += nt_activate(h->activation, (s32)sum >> h->shift) * (s64)out[0];
		logit += nt_activate(h->activation,
				     (s32)((sum + (1ULL << 31)) >> 32) >> h->shift) *
			 (s64)out[1];
		at = w + h->columns;
	}
	return logit;
}

#endif /* NT_USE_SSE2 */

/**
 * nt_logit() - evaluate a model
 * @model: a prepared model
 * @features: one word per feature id, NT_NR_FEATURES in all; only those in
 *	@model->needed are read
 *
 * Context: any; touches neither locks, memory beyond its arguments and stack,
 * nor (outside user space) vector registers.
 * Return: the logit in units of 2^-logit_frac; see nt_positive().
 */
s64 nt_logit(const struct nt_model *model, const u64 *features)
{
	if (likely(model->path == NT_PATH_PACKED))
		return nt_logit_packed(model, features);
	return nt_logit_loops(model, features);
}
