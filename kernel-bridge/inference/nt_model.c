// SPDX-License-Identifier: GPL-2.0-only
/* Lay a checked model file out in memory as nt_infer.c reads it. */
#include "nt_internal.h"
#include "nt_tree.h"
#include "nt_view.h"

static void nt_prepare_input(const u8 *p, struct nt_input *in)
{
	u32 feature = nt_get16(p + NT_IN_FEATURE);
	u32 transform = p[NT_IN_TRANSFORM];
	bool is_signed = NT_SIGNED_FEATURES >> feature & 1;

	in->word.at = feature * sizeof(u64);
	in->word.from = 0;
	in->word.place = 0;
	in->word.unused = 0;
	in->flip = nt_signed(feature, transform) ? 1ULL << 63 : 0;
	in->span = nt_get64(p + NT_IN_HIGH) - nt_get64(p + NT_IN_LOW);
	in->multiplier = nt_get64(p + NT_IN_MULTIPLIER);
	if (transform == NT_LOG2)
		in->word.kind = is_signed ? NT_LOG_SIGNED : NT_LOG_UNSIGNED;
	else
		in->word.kind = transform == NT_CLIPPED ? NT_CLAMP : NT_LINEAR;
	in->low = nt_get64(p + NT_IN_LOW);
	if (in->word.kind == NT_CLAMP)
		in->low ^= in->flip;
}

/*
 * Where each input goes among the packed columns: linear ones from the first
 * column of their vector of eight upwards, the others from its last one
 * downwards (SSE2), or linear ones first and the others after them (scalar).
 */
static void nt_place_inputs(const struct nt_input *unsorted, struct nt_model *m,
			    u8 *column)
{
	struct nt_input *in = (struct nt_input *)(m + 1);
	u32 i, place = 0;
	u32 others[2] = { 0, 0 };
	int pass;

	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < m->nr_inputs; i++) {
			bool linear = unsorted[i].word.kind == NT_LINEAR;
			u32 vector = place / 8;

			if (linear != !pass)
				continue;
			if (!NT_USE_SSE2) {
				column[i] = place;
				m->linear[0] += linear;
			} else if (linear) {
				column[i] = vector * 8 + m->linear[vector]++;
			} else {
				column[i] = vector * 8 + 7 - others[vector]++;
			}
			in[column[i]] = unsorted[i];
			place++;
		}
	}
}

/* The shape of the packed form of a two-layer net. */
static void nt_packed_shape(u32 inputs, u32 rows, struct nt_packed *h)
{
	if (NT_USE_SSE2) {
		h->columns = inputs <= 8 ? 8 : 16;
		/* A single costs a fourth of a block. */
		h->singles = rows > 1 && rows % NT_BLOCK_ROWS == 1;
	} else {
		h->columns = inputs;
		h->singles = 0;
	}
	h->blocks = (rows - h->singles + NT_BLOCK_ROWS - 1) / NT_BLOCK_ROWS;
	h->end = sizeof(*h) + h->blocks * nt_block_size(h->columns);
}

#if NT_USE_SSE2
static void nt_pack_rows(const struct nt_view *hidden, const struct nt_view *out,
			 const struct nt_packed *h, const u8 *column, u8 *at)
{
	u32 row, j, last = h->blocks * NT_BLOCK_ROWS;

	for (row = 0; row < hidden->outputs && row < last; row++) {
		u32 in_block = row % NT_BLOCK_ROWS;
		u8 *block = at + row / NT_BLOCK_ROWS * nt_block_size(h->columns);
		s32 *bias = (s32 *)block;
		s16 *outs = (s16 *)(block + 32);
		s16 *weights = (s16 *)(block + 48) + in_block / 4 * 4 * h->columns;

		bias[in_block] = (s32)nt_view_bias(hidden, row);
		outs[in_block] = (s16)nt_view_weight(out, 0, row);
		for (j = 0; j < hidden->inputs; j++)
			weights[column[j] / 2 * 8 + in_block % 4 * 2 + column[j] % 2] =
				(s16)nt_view_weight(hidden, row, j);
	}
	if (h->singles) {
		s16 *weights = (s16 *)(at + h->blocks * nt_block_size(h->columns));
		s32 *bias = (s32 *)(weights + h->columns);
		s16 *outs = (s16 *)(bias + 4);

		for (j = 0; j < hidden->inputs; j++)
			weights[column[j]] = (s16)nt_view_weight(hidden, row, j);
		bias[0] = (s32)nt_view_bias(hidden, row);
		outs[0] = (s16)nt_view_weight(out, 0, row);
	}
}
#else
static void nt_pack_row(const struct nt_view *hidden, u32 row, const u8 *column,
			struct nt_pair *pair, u32 shift)
{
	u64 *weights = (u64 *)(pair + 1);
	/* nt_logit() multiplies with x + 32768, which is never negative. */
	s64 start = nt_view_bias(hidden, row);
	u32 j;

	for (j = 0; j < hidden->inputs; j++) {
		s64 w = nt_view_weight(hidden, row, j);

		weights[column[j]] += (u64)w << shift;
		start -= w * 32768;
	}
	pair->bias += (u64)start << shift;
}

static void nt_pack_rows(const struct nt_view *hidden, const struct nt_view *out,
			 const struct nt_packed *h, const u8 *column, u8 *at)
{
	u32 row;

	for (row = 0; row < hidden->outputs; row++) {
		struct nt_pair *pair = (void *)(at + row / 2 * nt_block_size(h->columns));

		nt_pack_row(hidden, row, column, pair, row % 2 * 32);
		pair->out[row % 2] = nt_view_weight(out, 0, row);
	}
}
#endif

static void nt_zero(void *from, const void *end)
{
	u8 *p = from;

	while (p < (const u8 *)end)
		*p++ = 0;
}

/* Lay the model out as M2 describes; false if it does not qualify or fit. */
static bool nt_prepare_packed(const u8 *b, bool with_float, struct nt_model *m,
			      size_t size)
{
	const u8 *layers = b + NT_HEADER_SIZE + m->nr_inputs * NT_INPUT_SIZE;
	struct nt_input unsorted[NT_PACKED_INPUTS];
	u8 column[NT_PACKED_INPUTS];
	struct nt_view hidden, out;
	struct nt_packed shape = { 0 };
	s32 x_low, x_high;
	u32 i, at, end;

	if (m->nr_layers != 2 || m->nr_inputs > NT_PACKED_INPUTS)
		return false;
	nt_view_layer(layers, with_float, &hidden);
	nt_view_layer(layers + hidden.size, with_float, &out);
	nt_x_range(hidden.activation, &x_low, &x_high);
	if (!nt_layer_narrow(&hidden, -32768, 32767) || !nt_layer_narrow(&out, x_low, x_high))
		return false;
	nt_packed_shape(m->nr_inputs, hidden.outputs, &shape);
	at = sizeof(*m) + (shape.columns <= 8 ? 8 : NT_PACKED_INPUTS) *
	     sizeof(struct nt_input);
	end = at + sizeof(shape) + shape.blocks * nt_block_size(shape.columns) +
	      shape.singles * nt_single_size(shape.columns);
	if (end > size)
		return false;
	nt_zero(m + 1, (u8 *)m + end);
	for (i = 0; i < m->nr_inputs; i++)
		nt_prepare_input(b + NT_HEADER_SIZE + i * NT_INPUT_SIZE, &unsorted[i]);
	nt_place_inputs(unsorted, m, column);
	/* Only the low half of the bias: the logit is added up in 32 bits. */
	shape.bias = NT_USE_SSE2 ? (s64)(u32)nt_view_bias(&out, 0) : nt_view_bias(&out, 0);
	shape.activation = hidden.activation;
	/* Without vectors, a sum is shifted down to a cell of the sigmoid's table. */
	shape.shift = hidden.shift;
	if (!NT_USE_SSE2 && hidden.activation == NT_ACT_SIGMOID)
		shape.shift += 5;
	/* Sums have 32 bits: dropping 31 leaves the sign, as does any more. */
	if (shape.shift > 31)
		shape.shift = 31;
	*(struct nt_packed *)((u8 *)m + at) = shape;
	nt_pack_rows(&hidden, &out, &shape, column, (u8 *)m + at + sizeof(shape));
	m->layers_at = at;
	m->size = end;
	m->path = NT_USE_SSE2 && shape.columns == 8 && hidden.activation == NT_ACT_SIGMOID ?
		  NT_PATH_SMALL : NT_PATH_PACKED;
	return true;
}

/* Lay the model out as plain rows, which any model fits. */
static u32 nt_loops_size(const u8 *p, bool with_float, const struct nt_model *m)
{
	u32 bytes = sizeof(*m) + m->nr_inputs * sizeof(struct nt_input);
	struct nt_view v;
	u32 l;

	for (l = 0; l < m->nr_layers; l++, p += v.size) {
		nt_view_layer(p, with_float, &v);
		bytes += nt_loop_layer_size(v.inputs, v.outputs);
	}
	return bytes;
}

static void nt_prepare_loops(const u8 *b, bool with_float, struct nt_model *m)
{
	struct nt_input *in = (struct nt_input *)(m + 1);
	const u8 *p = b + NT_HEADER_SIZE;
	s32 x_low = -32768, x_high = 32767;
	struct nt_view v;
	u8 *at;
	u32 l, i;

	for (i = 0; i < m->nr_inputs; i++, p += NT_INPUT_SIZE)
		nt_prepare_input(p, &in[i]);
	at = (u8 *)(in + m->nr_inputs);
	m->layers_at = at - (u8 *)m;
	m->path = NT_PATH_LOOPS;
	for (l = 0; l < m->nr_layers; l++) {
		struct nt_loop_layer *layer = (void *)at;
		s64 *bias = (void *)(layer + 1);
		s16 *weights;

		nt_view_layer(p, with_float, &v);
		layer->inputs = v.inputs;
		layer->outputs = v.outputs;
		layer->activation = v.activation;
		layer->shift = v.shift;
		layer->narrow = nt_layer_narrow(&v, x_low, x_high);
		for (i = 0; i < v.outputs; i++)
			bias[i] = nt_view_bias(&v, i);
		weights = (void *)(bias + v.outputs);
		for (i = 0; i < v.inputs * v.outputs; i++)
			weights[i] = (s16)nt_get16(v.weights + i * 2);
		nt_x_range(v.activation, &x_low, &x_high);
		p += v.size;
		at += nt_loop_layer_size(v.inputs, v.outputs);
	}
}

/* The words whose T is at most @cut, as the range of a split. */
static void nt_split_range(const u8 *input, u64 cut, struct nt_split *split)
{
	u32 feature = nt_get16(input + NT_IN_FEATURE);
	u32 transform = input[NT_IN_TRANSFORM];
	bool is_signed = NT_SIGNED_FEATURES >> feature & 1;
	u64 most = cut;

	/* Words with a sign begin at the most negative one; a flag is 0 for 0 alone. */
	split->base = is_signed && transform != NT_FLAG ? 1ULL << 63 : 0;
	if (transform == NT_LOG2) {
		u32 n = cut >> 10;
		u64 above = 1024 + (cut & 1023) + 1;	/* u / 2^n < above / 1024 */

		/* The largest u = 1 + word with u * 1024 < above * 2^n. */
		most = n >= 10 ? (above << (n - 10)) - 2 : (((above << n) - 1) >> 10) - 1;
		if (is_signed && most >> 63)	/* more than any: all go low */
			most = ~0ULL >> 1;
	}
	split->span = most - split->base;
}

/* Where a branch leads if only the sign counts: a split whose branches agree is passed over. */
static u16 nt_sign_of(const struct nt_model *m, u16 at)
{
	const struct nt_split *split = (const void *)((const u8 *)m + at);

	return at > 1 && split->sign[0] == split->sign[1] ? split->sign[0] : at;
}

static bool nt_prepare_tree(const u8 *b, u32 len, struct nt_model *m, size_t size)
{
	const u8 *nodes = b + NT_HEADER_SIZE + m->nr_inputs * NT_INPUT_SIZE;
	u32 count = (len - (nodes - b)) / NT_NODE_SIZE;
	u16 next[NT_MAX_NODES], sign[NT_MAX_NODES];
	struct nt_tree *tree = (struct nt_tree *)(m + 1);
	u32 i, at, leaf = 0;

	m->splits = count / 2;
	m->layers_at = sizeof(*m);
	m->size = m->layers_at + sizeof(*tree) + (count - m->splits) * sizeof(s64) +
		  m->splits * sizeof(struct nt_split);
	if (m->size > size)
		return false;
	nt_zero(tree, (u8 *)m + m->size);
	m->path = NT_PATH_TREE;
	m->needed = 0;
	at = (u8 *)nt_splits(m) - (u8 *)m;
	for (i = 0; i < count; i++) {
		const u8 *p = nodes + i * NT_NODE_SIZE;
		s64 score = (s64)nt_get64(p + NT_NO_VALUE);

		if (p[NT_NO_INPUT] == NT_LEAF) {
			nt_scores(m)[leaf] = score;
			sign[i] = nt_positive(m, score);
			next[i] = NT_SCORE | leaf++;
		} else {
			next[i] = at;
			at += sizeof(struct nt_split);
		}
	}
	/* From the last node, so that a split finds what its branches have become. */
	for (i = count; i--;) {
		const u8 *p = nodes + i * NT_NODE_SIZE;
		const u8 *input = b + NT_HEADER_SIZE + p[NT_NO_INPUT] * NT_INPUT_SIZE;
		u32 high = nt_get16(p + NT_NO_HIGH);
		struct nt_split *split;
		u32 feature;

		if (p[NT_NO_INPUT] == NT_LEAF)
			continue;
		feature = nt_get16(input + NT_IN_FEATURE);
		split = (struct nt_split *)((u8 *)m + next[i]);
		split->word.at = feature * sizeof(u64);
		nt_split_range(input, nt_get64(p + NT_NO_VALUE), split);
		split->next[0] = next[high];
		split->next[1] = next[i + 1];
		split->sign[0] = sign[high];
		split->sign[1] = sign[i + 1];
		sign[i] = nt_sign_of(m, next[i]);
		m->needed |= 1ULL << feature;
	}
	tree->next = next[0];
	m->sign = sign[0];
	return true;
}

static void nt_place_word(struct nt_word *word, u32 feature, u8 place, u16 from)
{
	if (word->at != feature * sizeof(u64))
		return;
	word->place = place;
	word->from = from;
}

/**
 * nt_place() - say where a feature is kept
 * @model: a prepared model that nobody uses yet
 * @feature: an enum nt_feature
 * @place: what the caller's nt_reader_fn is to find in &struct nt_word
 * @from: the same
 */
void nt_place(struct nt_model *model, u32 feature, u8 place, u16 from)
{
	struct nt_input *in = (struct nt_input *)(model + 1);
	u32 i;

	if (model->path == NT_PATH_TREE)
		for (i = 0; i < model->splits; i++)
			nt_place_word(&nt_splits(model)[i].word, feature, place, from);
	else
		for (i = 0; i < model->nr_inputs; i++)
			nt_place_word(&in[i].word, feature, place, from);
}

/* Where @sign leads when the word at @at is known: past a split that asks for it, or whose branches now agree. */
static u16 nt_pass_over(const struct nt_model *m, u16 sign, u32 at, u64 word)
{
	const struct nt_split *split = (const void *)((const u8 *)m + sign);

	if (sign > 1 && split->word.at == at)
		return split->sign[nt_answer(split, word)];
	return nt_sign_of(m, sign);
}

/**
 * nt_assume() - take a feature's word for granted where only the sign is asked for
 * @model: a prepared model that nobody uses yet
 * @feature: an enum nt_feature
 * @word: its word in every decision
 *
 * A tree asks no such question any more. Networks are not changed.
 */
void nt_assume(struct nt_model *model, u32 feature, u64 word)
{
	u32 at = feature * sizeof(u64);
	u32 i;

	if (model->path != NT_PATH_TREE)
		return;
	/* Branches stand behind their split, so what they lead to has been looked at. */
	for (i = model->splits; i--;) {
		struct nt_split *split = nt_splits(model) + i;

		split->sign[0] = nt_pass_over(model, split->sign[0], at, word);
		split->sign[1] = nt_pass_over(model, split->sign[1], at, word);
	}
	model->sign = nt_pass_over(model, model->sign, at, word);
}

/**
 * nt_prepare() - check a model file and lay it out for nt_logit()
 * @blob: the bytes, at any alignment; not needed afterwards
 * @len: how many
 * @model: memory for the result, aligned to NT_ALIGN
 * @size: its size in bytes; NT_MAX_MODEL is always enough
 * @err: filled in on failure; may be NULL
 *
 * Return: 0; -EINVAL when the file or the alignment is not acceptable; -ENOSPC
 * when @size is too small.
 */
int nt_prepare(const void *blob, size_t len, struct nt_model *model, size_t size,
	       struct nt_error *err)
{
	const u8 *b = blob;
	bool with_float;
	u32 i, bytes;
	int ret;

	ret = nt_validate(blob, len, err);
	if (ret)
		return ret;
	if ((unsigned long)model % NT_ALIGN) {
		nt_explain(err, "alignment of the memory for the model", 0,
			   (unsigned long)model % NT_ALIGN, 0);
		return -EINVAL;
	}
	if (size < sizeof(*model)) {
		nt_explain(err, "memory for the model", 0, size, NT_MAX_MODEL);
		return -ENOSPC;
	}
	if (size > NT_MAX_MODEL)
		size = NT_MAX_MODEL;
	nt_zero(model, model + 1);
	model->threshold = (s64)nt_get64(b + NT_AT_THRESHOLD);
	model->target = b[NT_AT_TARGET];
	model->nr_inputs = b[NT_AT_INPUTS];
	model->nr_layers = b[NT_AT_LAYERS];
	model->logit_frac = b[NT_AT_LOGIT_FRAC];
	for (i = 0; i < NT_NAME_LENGTH; i++)
		model->name[i] = b[NT_AT_NAME + i];
	for (i = 0; i < model->nr_inputs; i++)
		model->needed |= 1ULL << nt_get16(b + NT_HEADER_SIZE + i * NT_INPUT_SIZE);
	if (nt_get32(b + NT_AT_FLAGS) & NT_FLAG_TREE) {
		if (nt_prepare_tree(b, len, model, size))
			return 0;
		nt_explain(err, "memory for the model", 0, size, model->size);
		return -ENOSPC;
	}
	with_float = nt_get32(b + NT_AT_FLAGS) & NT_FLAG_FLOAT;
	if (nt_prepare_packed(b, with_float, model, size))
		return 0;
	bytes = nt_loops_size(b + NT_HEADER_SIZE + model->nr_inputs * NT_INPUT_SIZE,
			      with_float, model);
	if (bytes > size) {
		nt_explain(err, "memory for the model", 0, size, bytes);
		return -ENOSPC;
	}
	model->size = bytes;
	nt_prepare_loops(b, with_float, model);
	return 0;
}
