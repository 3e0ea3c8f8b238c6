/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NT_PATH_SMALL and NT_PATH_PACKED with vectors: eight rows at a time.
 *
 * Some empty asm statements keep the compiler from remembering what a
 * variable was computed from; they cost nothing and save copies and loads.
 */
#ifndef NT_PACKED_SSE2_H
#define NT_PACKED_SSE2_H

#include <emmintrin.h>
#include "nt_activate.h"
#include "nt_input.h"

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

#define NT_ENTRY(z, k) (&NT_SIGMOID_MODULAR[_mm_extract_epi16((z), (k))])
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
	(x = _mm_insert_epi16(x, nt_read_linear(&in[k], nt_feature_word, f), (k)))

#define NT_OTHER_LANE(k) \
	(x = _mm_insert_epi16(x, nt_read_other(&in[k], nt_feature_word, f), (k)))

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
	if (likely(in[7].word.kind == NT_LINEAR))
		goto out;
	NT_OTHER_LANE(7);
	if (in[6].word.kind == NT_LINEAR)
		goto out;
	NT_OTHER_LANE(6);
	if (in[5].word.kind == NT_LINEAR)
		goto out;
	NT_OTHER_LANE(5);
	if (in[4].word.kind == NT_LINEAR)
		goto out;
	NT_OTHER_LANE(4);
	if (in[3].word.kind == NT_LINEAR)
		goto out;
	NT_OTHER_LANE(3);
	if (in[2].word.kind == NT_LINEAR)
		goto out;
	NT_OTHER_LANE(2);
	if (in[1].word.kind == NT_LINEAR)
		goto out;
	NT_OTHER_LANE(1);
	if (in[0].word.kind == NT_LINEAR)
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

#endif /* NT_PACKED_SSE2_H */
