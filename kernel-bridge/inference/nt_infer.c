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

/*
 * Some empty asm statements below keep the compiler from remembering what a
 * variable was computed from; they cost nothing and save copies and loads.
 */

#if NT_USE_SSE2
#include <emmintrin.h>
#endif

/*
 * log2 of 1 + v in units of 1/1024, straight between powers of two. The upper
 * half of the words is the rare case: negative ones, which count as 0, or huge
 * ones, of which the last saturates.
 */
static __always_inline u32 nt_log2(u64 v, u32 kind)
{
	u32 n;

	if (unlikely((s64)v < 0)) {
		if (kind == NT_LOG_SIGNED)
			v = 0;
		else if (v == ~0ULL)
			v--;
	}
	v++;
	n = 63 - __builtin_clzll(v);
	/* Rotated right by n, the bits below the leading one are on top. */
	v = v >> n | v << (-n & 63);
	return n << 10 | (u32)(v >> 54);
}

static __always_inline u64 nt_word(const struct nt_input *in, const u64 *features)
{
	return *(const u64 *)((const u8 *)features + in->at);
}

/*
 * An NT_LINEAR input: x + 32768, from 0 to 65535. Leaving the range is rare;
 * that path reads everything anew, so that the other needs one register.
 */
static __always_inline u32 nt_read_linear(const struct nt_input *in, const u64 *features)
{
	u64 above = nt_word(in, features) - in->low;

	if (unlikely(above > in->span)) {
		const struct nt_input *again = in;

		__asm__ ("" : "+r" (again));
		if ((nt_word(again, features) ^ again->flip) < (again->low ^ again->flip))
			return 0;
		above = again->span;
	}
	return above * in->multiplier >> 48;
}

/* An NT_CLAMP input: x + 32768. Leaving the range is normal: no branches. */
static __always_inline u32 nt_read_clamp(const struct nt_input *in, const u64 *features)
{
	u64 above;

	if (__builtin_sub_overflow(nt_word(in, features) ^ in->flip, in->low, &above))
		above = 0;
	above = above < in->span ? above : in->span;
	return above * in->multiplier >> 48;
}

/* A logarithm: x + 32768. */
static __always_inline u32 nt_read_log(const struct nt_input *in, const u64 *features)
{
	return nt_log2(nt_word(in, features), in->kind);
}

/* Any input that is not NT_LINEAR: x + 32768. */
static __always_inline u32 nt_read_other(const struct nt_input *in, const u64 *features)
{
	if (in->kind == NT_CLAMP)
		return nt_read_clamp(in, features);
	return nt_read_log(in, features);
}

/* Any input: x + 32768. */
static __always_inline u32 nt_read_input(const struct nt_input *in, const u64 *features)
{
	if (in->kind == NT_LINEAR)
		return nt_read_linear(in, features);
	return nt_read_other(in, features);
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
static noinline s64 nt_logit_loops(const struct nt_model *m, const u64 *features)
{
	s16 buffers[2][NT_MAX_WIDTH];
	const u8 *at = nt_layers(m);
	const s16 *x = buffers[0];
	s64 sum = 0;
	u32 l, i, j;

	for (i = 0; i < m->nr_inputs; i++) {
		u32 value = nt_read_input(&nt_inputs(m)[i], features);

		buffers[0][i] = (s32)value - 32768;
	}
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
#define NT_PAIR(sum, x, k, w)							\
	do {									\
		__m128i products = _mm_shuffle_epi32((x), (k) * 0x55);		\
										\
		products = _mm_madd_epi16(products, (w)[k]);			\
		__asm__ ("" : "+x" (products));		\
		sum = _mm_add_epi32(sum, products);				\
	} while (0)

static __always_inline __m128i nt_four_rows(__m128i x, const __m128i *w, __m128i sum)
{
	NT_PAIR(sum, x, 0, w);
	NT_PAIR(sum, x, 1, w);
	NT_PAIR(sum, x, 2, w);
	NT_PAIR(sum, x, 3, w);
	return sum;
}

/*
 * One table entry in lane 0; lane 1 gets its neighbour, which the caller
 * overwrites or multiplies by 0.
 */
static __always_inline __m128i nt_load_entry(const s16 *entry)
{
	s32 two;

	__builtin_memcpy(&two, entry, sizeof(two));
	return _mm_cvtsi32_si128(two);
}

#define NT_ENTRY(z, k) (&nt_sigmoid_table[_mm_extract_epi16((z), (k))])
#define NT_LOOK_UP(y, z, k) _mm_insert_epi16((y), *NT_ENTRY(z, k), (k))

static __always_inline __m128i nt_activate_eight(u32 activation, __m128i z)
{
	__m128i y;

	if (activation == NT_ACT_IDENTITY)
		return z;
	if (activation == NT_ACT_RELU)
		return _mm_max_epi16(z, _mm_setzero_si128());
	z = _mm_srli_epi16(z, 5);
	y = nt_load_entry(NT_ENTRY(z, 0));
	y = NT_LOOK_UP(y, z, 1);
	y = NT_LOOK_UP(y, z, 2);
	y = NT_LOOK_UP(y, z, 3);
	y = NT_LOOK_UP(y, z, 4);
	y = NT_LOOK_UP(y, z, 5);
	y = NT_LOOK_UP(y, z, 6);
	return NT_LOOK_UP(y, z, 7);
}

/* The same for lane 0 alone; lane 1 is arbitrary. */
static __always_inline __m128i nt_activate_one(u32 activation, __m128i z)
{
	if (activation == NT_ACT_IDENTITY)
		return z;
	if (activation == NT_ACT_RELU)
		return _mm_max_epi16(z, _mm_setzero_si128());
	return nt_load_entry(NT_ENTRY(_mm_srli_epi16(z, 5), 0));
}

static __always_inline __m128i nt_sum_lanes(__m128i v)
{
	v = _mm_add_epi32(v, _mm_shuffle_epi32(v, 0x4e));
	return _mm_add_epi32(v, _mm_shuffle_epi32(v, 0xb1));
}

static __always_inline s64 nt_packed_rows(const struct nt_packed *h, __m128i x0,
					  __m128i x1, u32 columns, u32 activation)
{
	const __m128i *at = (const __m128i *)(h + 1);
	const __m128i *end = (const __m128i *)((const u8 *)h + h->end);
	const __m128i *head = (const __m128i *)h;
	__m128i total = head[0];
	__m128i shift = head[1];
	__m128i low, high, y;

	do {
		/* Shuffling anew is as cheap as copying what was shuffled. */
		__asm__ ("" : "+x" (x0));
		low = nt_four_rows(x0, at + 3, at[0]);
		__asm__ ("" : "+x" (x0));
		high = nt_four_rows(x0, at + 3 + columns / 2, at[1]);
		if (columns > 8) {
			low = nt_four_rows(x1, at + 7, low);
			high = nt_four_rows(x1, at + 15, high);
		}
		y = _mm_packs_epi32(_mm_sra_epi32(low, shift), _mm_sra_epi32(high, shift));
		y = nt_activate_eight(activation, y);
		total = _mm_add_epi32(total, _mm_madd_epi16(y, at[2]));
		__asm__ ("" : "+x" (total));
		at += nt_block_size(columns) / 16;
	} while (at != end);
	if (h->singles) {
		low = _mm_madd_epi16(x0, end[0]);
		if (columns > 8)
			low = _mm_add_epi32(low, _mm_madd_epi16(x1, end[1]));
		at = end + columns / 8;
		low = _mm_sra_epi32(_mm_add_epi32(nt_sum_lanes(low), at[0]), shift);
		y = nt_activate_one(activation, _mm_packs_epi32(low, low));
		total = _mm_add_epi32(total, _mm_madd_epi16(y, at[1]));
	}
	return _mm_cvtsi128_si32(nt_sum_lanes(total));
}

/*
 * Up to eight inputs as 16-bit lanes: linear ones from lane 0 upwards, all
 * others from lane 7 downwards, until a slot is empty or linear. Lanes between
 * them meet weights of zero.
 */
#define NT_LINEAR_LANE(k) \
	(x = _mm_insert_epi16(x, nt_read_linear(&in[k], f), (k)))

#define NT_OTHER_LANE(k) \
	(x = _mm_insert_epi16(x, nt_read_other(&in[k], f), (k)))

static __always_inline __m128i nt_read_eight(const struct nt_input *in, u32 linear,
					     const u64 *f)
{
	__m128i x = _mm_setzero_si128();

	switch (linear) {
	case 8:
		NT_LINEAR_LANE(7);
		fallthrough;
	case 7:
		NT_LINEAR_LANE(6);
		fallthrough;
	case 6:
		NT_LINEAR_LANE(5);
		fallthrough;
	case 5:
		NT_LINEAR_LANE(4);
		fallthrough;
	case 4:
		NT_LINEAR_LANE(3);
		fallthrough;
	case 3:
		NT_LINEAR_LANE(2);
		fallthrough;
	case 2:
		NT_LINEAR_LANE(1);
		fallthrough;
	case 1:
		NT_LINEAR_LANE(0);
		fallthrough;
	case 0:
		break;
	default:
		__builtin_unreachable();
	}
	if (likely(in[7].kind == NT_LINEAR))
		goto out;
	NT_OTHER_LANE(7);
	if (in[6].kind == NT_LINEAR)
		goto out;
	NT_OTHER_LANE(6);
	if (in[5].kind == NT_LINEAR)
		goto out;
	NT_OTHER_LANE(5);
	if (in[4].kind == NT_LINEAR)
		goto out;
	NT_OTHER_LANE(4);
	if (in[3].kind == NT_LINEAR)
		goto out;
	NT_OTHER_LANE(3);
	if (in[2].kind == NT_LINEAR)
		goto out;
	NT_OTHER_LANE(2);
	if (in[1].kind == NT_LINEAR)
		goto out;
	NT_OTHER_LANE(1);
	if (in[0].kind == NT_LINEAR)
		goto out;
	NT_OTHER_LANE(0);
out:
	return _mm_xor_si128(x, _mm_set1_epi16(-32768));
}

/* The sizes in use: up to eight inputs, sigmoid. */
static __always_inline s64 nt_logit_small(const struct nt_model *m, const u64 *features)
{
	const struct nt_input *in = nt_inputs(m);
	__m128i x = nt_read_eight(in, m->linear[0], features);

	return nt_packed_rows((const void *)(in + 8), x, x, 8, NT_ACT_SIGMOID);
}

static noinline s64 nt_logit_packed(const struct nt_model *m, const u64 *features)
{
	const struct nt_input *in = nt_inputs(m);
	const struct nt_packed *h = nt_layers(m);
	__m128i x0 = nt_read_eight(in, m->linear[0], features);
	__m128i x1;

	if (h->columns == 8)
		return nt_packed_rows(h, x0, x0, 8, h->activation);
	x1 = nt_read_eight(in + 8, m->linear[1], features);
	return nt_packed_rows(h, x0, x1, 16, h->activation);
}

#else /* !NT_USE_SSE2 */

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
	u64 x[8 + 3];

	nt_read_packed(m, features, x);
	return nt_packed_rows(nt_layers(m), x, 8, NT_ACT_SIGMOID);
}

static noinline s64 nt_logit_packed(const struct nt_model *m, const u64 *features)
{
	const struct nt_packed *h = nt_layers(m);
	u64 x[NT_PACKED_INPUTS + 3];

	nt_read_packed(m, features, x);
	if (h->activation == NT_ACT_SIGMOID)
		return nt_packed_rows(h, x, h->columns, NT_ACT_SIGMOID);
	return nt_packed_rows(h, x, h->columns, h->activation);
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
	if (likely(model->path == NT_PATH_SMALL))
		return nt_logit_small(model, features);
	if (model->path == NT_PATH_PACKED)
		return nt_logit_packed(model, features);
	return nt_logit_loops(model, features);
}
