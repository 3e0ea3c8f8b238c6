/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a feature word to a 16-bit input; see docs/model-file.md, steps 1 and 2.
 * All functions give x + 32768, a number from 0 to 65535.
 */
#ifndef NT_INPUT_H
#define NT_INPUT_H

#include "nt_internal.h"

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

/*
 * An NT_LINEAR input: x + 32768, from 0 to 65535. Leaving the range is rare; with
 * vectors that path reads the word anew, so that the other needs one register.
 * The kernel's words may change meanwhile, so are kept.
 */
static __always_inline u32 nt_read_linear(const struct nt_input *in, nt_reader_fn *read,
					  const void *from)
{
	u64 word = read(&in->word, from);
	u64 above = word - in->low;

	if (unlikely(above > in->span)) {
		const struct nt_input *again = in;

		__asm__ ("" : "+r" (again));
		if (NT_USE_SSE2)
			word = read(&again->word, from);
		if ((word ^ again->flip) < (again->low ^ again->flip))
			return 0;
		above = again->span;
	}
	return above * in->multiplier >> 48;
}

/* An NT_CLAMP input: x + 32768. Leaving the range is normal: no branches. */
static __always_inline u32 nt_read_clamp(const struct nt_input *in, u64 word)
{
	u64 above;

	if (__builtin_sub_overflow(word ^ in->flip, in->low, &above))
		above = 0;
	above = above < in->span ? above : in->span;
	return above * in->multiplier >> 48;
}

/* Any input that is not NT_LINEAR: x + 32768. */
static __always_inline u32 nt_read_other(const struct nt_input *in, nt_reader_fn *read,
					 const void *from)
{
	u64 word = read(&in->word, from);

	if (in->word.kind == NT_CLAMP)
		return nt_read_clamp(in, word);
	return nt_log2(word, in->word.kind);
}

/* Any input: x + 32768. */
static __always_inline u32 nt_read_input(const struct nt_input *in, nt_reader_fn *read,
					 const void *from)
{
	if (in->word.kind == NT_LINEAR)
		return nt_read_linear(in, read, from);
	return nt_read_other(in, read, from);
}

#endif /* NT_INPUT_H */
