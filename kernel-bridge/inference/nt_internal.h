/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a prepared model lies in memory: written by nt_model.c, read by
 * nt_infer.c. Not an interface; it depends on the compiler's flags.
 *
 * Invariants:
 *  M1. All of a model lies in one block of at most NT_MAX_MODEL bytes, aligned
 *      to NT_ALIGN; it holds offsets, never pointers, so it can be copied.
 *  M2. NT_PATH_PACKED: two layers, at most NT_PACKED_INPUTS inputs, and every
 *      sum of both fits an s32 for any input. NT_PATH_SMALL: besides, eight
 *      columns, a sigmoid and vectors. Anything else: NT_PATH_LOOPS.
 *      NT_PATH_TREE: a decision tree; what does not matter to the sign is
 *      left out where only that is asked for.
 *  M3. All paths give the same integers as the definition in
 *      docs/model-file.md, bit for bit.
 */
#ifndef NT_INTERNAL_H
#define NT_INTERNAL_H

#include "nt_format.h"

/*
 * User space on x86 has SSE2; the kernel is compiled without and multiplies
 * two rows at once in a 64-bit register. NT_SCALAR forces the latter.
 */
#if defined(__SSE2__) && !defined(__KERNEL__) && !defined(NT_SCALAR)
#define NT_USE_SSE2 1
#else
#define NT_USE_SSE2 0
#endif

enum nt_path {
	NT_PATH_LOOPS = 0,
	NT_PATH_PACKED = 1,
	NT_PATH_SMALL = 2,
	NT_PATH_TREE = 3
};

#define NT_PACKED_INPUTS	16

/* How an input word becomes a number from 0 to 65535. */
enum nt_kind {
	NT_LINEAR = 0,		/* identity and flag: seldom saturates */
	NT_CLAMP = 1,		/* clipped: often saturates */
	NT_LOG_UNSIGNED = 2,
	NT_LOG_SIGNED = 3	/* negative words count as 0 */
};

/**
 * struct nt_word - which word is asked for
 * @at: its byte offset in the feature array
 * @from: its byte offset in the place where it is kept
 * @place: number of that place; this and @from are the reader's business (nt_place())
 * @kind: of an input, an enum nt_kind
 * @unused: zero
 */
struct nt_word {
	u16 at;
	u16 from;
	u8 place;
	u8 kind;
	u16 unused;
};

/* Reads a word from wherever it is; compiled into what asks for it. */
typedef u64 nt_reader_fn(const struct nt_word *word, const void *from);

/* From the feature array. */
static __always_inline u64 nt_feature_word(const struct nt_word *word, const void *features)
{
	return *(const u64 *)((const u8 *)features + word->at);
}

/**
 * struct nt_input - one prepared input
 * @word: what it is made from
 * @flip: xor mask that turns comparison with sign into one without
 * @low: lower end of the range, of NT_CLAMP with @flip applied
 * @span: length of the range
 * @multiplier: 48 fraction bits
 */
struct nt_input {
	struct nt_word word;
	u64 flip;
	u64 low;
	u64 span;
	u64 multiplier;
};

/**
 * struct nt_loop_layer - a layer for NT_PATH_LOOPS; s64 bias[outputs] and
 * s16 weights[outputs][inputs] follow, padded to 8 bytes
 * @inputs: columns
 * @outputs: rows
 * @activation: an enum nt_activation
 * @shift: bits a sum drops
 * @narrow: every sum fits an s32
 * @unused: zero
 */
struct nt_loop_layer {
	u8 inputs;
	u8 outputs;
	u8 activation;
	u8 shift;
	u8 narrow;
	u8 unused[3];
};

/**
 * struct nt_packed - the layers of NT_PATH_PACKED and NT_PATH_SMALL
 * @bias: of the output (its low half and zeros: an SSE2 vector)
 * @unused: zero
 * @shift: bits the hidden layer's sums drop (an SSE2 shift count); without
 *	vectors, a sigmoid's sums drop five more
 * @columns: number of inputs, padded to 8 or 16 (SSE2)
 * @blocks: blocks of rows that follow this structure, at least one
 * @end: offset of the end of the blocks from here
 * @singles: 1 if a single row follows the blocks (SSE2 only)
 * @activation: of the hidden layer
 *
 * SSE2 block, 8 rows:	s32 bias[8]; s16 out[8];
 *			s16 weights[2][columns / 2][4][2] (four rows, a pair
 *			of columns each)
 * SSE2 single, a row:	s16 weights[columns]; s32 bias[4]; s16 out[8]
 * scalar block, 2 rows: struct nt_pair; u64 weights[columns]
 *			(low half: first row, plus 2^32 times the second)
 *
 * SSE2 reads this structure as vectors: the bias is {bias, 0} since it fits an
 * s32 (M2), the count is the low half of the second vector.
 */
struct nt_packed {
	s64 bias;
	u64 unused;
	u64 shift;
	u16 columns;
	u16 blocks;
	u16 end;
	u8 singles;
	u8 activation;
};

/**
 * struct nt_pair - the head of a scalar block
 * @bias: of both rows, packed as the weights are
 * @out: their weights in the output
 */
struct nt_pair {
	u64 bias;
	s32 out[2];
};

/**
 * struct nt_split - one question of a tree: is @base <= word <= @base + @span, in
 * unsigned arithmetic modulo 2^64? Every transform of a word is such a range.
 * @word: the word
 * @base: start of the range
 * @span: its length
 * @next: where to go, [0] if the word is outside, [1] within: the offset of a
 *	split from the model, or NT_SCORE and the number of a score
 * @sign: the same where only the sign is asked for: 0, 1 or a split
 */
struct nt_split {
	struct nt_word word;
	u64 base;
	u64 span;
	u16 next[2];
	u16 sign[2];
};

/* Not an offset in a model but the number of a score. */
#define NT_SCORE	0x8000U

/**
 * struct nt_tree - what NT_PATH_TREE has for layers; s64 scores follow
 * @next: as in &struct nt_split
 * @unused: zero
 */
struct nt_tree {
	u16 next;
	u16 unused[3];
};

/* Cells of the table, and the one of 0 when they are counted from the lowest. */
#define NT_SIGMOID_CELLS	2048U
#define NT_SIGMOID_ORIGIN	1024U

#define NT_BLOCK_ROWS		(NT_USE_SSE2 ? 8 : 2)

static inline u32 nt_block_size(u32 columns)
{
	return NT_USE_SSE2 ? 48 + columns * 16 :
	       (u32)sizeof(struct nt_pair) + columns * 8;
}

/* Never more than the layer takes in the file, so M1 holds for any model. */
static inline u32 nt_loop_layer_size(u32 inputs, u32 outputs)
{
	return sizeof(struct nt_loop_layer) + outputs * 8 +
	       ((inputs * outputs * 2 + 7) & ~7U);
}

static inline u32 nt_single_size(u32 columns)
{
	return columns * 2 + 32;
}

static inline void nt_explain(struct nt_error *err, const char *what, u32 offset,
			      u64 found, u64 expected)
{
	if (!err)
		return;
	err->what = what;
	err->found = found;
	err->expected = expected;
	err->offset = offset;
}

static inline const struct nt_input *nt_inputs(const struct nt_model *m)
{
	return (const struct nt_input *)(m + 1);
}

/* The splits stand at the end of a model. */
static inline struct nt_split *nt_splits(const struct nt_model *m)
{
	return (struct nt_split *)((u8 *)m + m->size) - m->splits;
}

static inline s64 *nt_scores(const struct nt_model *m)
{
	return (s64 *)((u8 *)m + m->layers_at + sizeof(struct nt_tree));
}

static inline const void *nt_layers(const struct nt_model *m)
{
	return (const u8 *)m + m->layers_at;
}

#endif /* NT_INTERNAL_H */
