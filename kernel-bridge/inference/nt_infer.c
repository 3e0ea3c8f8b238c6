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
 * fit 32 bits. NT_PATH_LOOPS takes any network. A tree (nt_tree.h) asks whether
 * T(word) <= cut until it comes to a leaf, which holds the logit.
 */
#include "nt_activate.h"
#include "nt_input.h"
#include "nt_tree.h"
#if NT_USE_SSE2
#include "nt_packed_sse2.h"
#else
#include "nt_packed_scalar.h"
#endif

/* Sums of 64 bits, any number of layers. */
static __always_inline s64 nt_loops(const struct nt_model *m, nt_reader_fn *read,
				    const void *from)
{
	s16 buffers[2][NT_MAX_WIDTH] __uninitialized;
	const u8 *at = nt_layers(m);
	const s16 *x = buffers[0];
	s64 sum = 0;
	u32 l, i, j;

	for (i = 0; i < m->nr_inputs; i++) {
		u32 value = nt_read_input(&nt_inputs(m)[i], read, from);

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

static noinline __nt_hot s64 nt_logit_loops(const struct nt_model *m, const u64 *features)
{
	return nt_loops(m, nt_feature_word, features);
}

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
__nt_hot s64 nt_logit(const struct nt_model *model, const u64 *features)
{
#if NT_USE_SSE2
	if (likely(model->path == NT_PATH_SMALL))
		return nt_logit_small(model, features);
#endif
	if (model->path == NT_PATH_PACKED)
		return nt_logit_packed(model, features);
	if (model->path == NT_PATH_TREE)
		return nt_logit_tree(model, features);
	return nt_logit_loops(model, features);
}

#ifndef __KERNEL__
/**
 * nt_decide() - the sign alone
 * @model: a prepared model
 * @features: as for nt_logit()
 *
 * Of a tree cheaper than nt_logit().
 * Return: what nt_positive() gives for the logit.
 */
bool nt_decide(const struct nt_model *model, const u64 *features)
{
	if (model->path == NT_PATH_TREE)
		return nt_sign_tree(model, nt_feature_word, features);
	return nt_positive(model, nt_logit(model, features));
}
#endif
