/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The same network as anyone would write it first: float arrays, plain loops,
 * expf() from the C library. What the fixed-point code is compared with.
 */
#ifndef PLAIN_FLOAT_H
#define PLAIN_FLOAT_H

#include "../nt.h"

struct plain_input {
	u32 feature;
	u32 transform;
	bool is_signed;
	float low;
	float high;
	float offset;
	float scale;
};

struct plain_layer {
	u32 inputs;
	u32 outputs;
	u32 activation;
	float *weights;		/* [outputs][inputs] */
	float *bias;
};

struct plain_net {
	u32 nr_inputs;
	u32 nr_layers;
	struct plain_input inputs[NT_MAX_INPUTS];
	struct plain_layer layers[NT_MAX_LAYERS];
};

void plain_load(const u8 *blob, struct plain_net *net);
float plain_logit(const struct plain_net *net, const u64 *features);

#endif /* PLAIN_FLOAT_H */
