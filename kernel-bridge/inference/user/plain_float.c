// SPDX-License-Identifier: GPL-2.0-only
/* See plain_float.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "../nt_format.h"
#include "plain_float.h"

static float get_double(const u8 *p)
{
	double value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static float end_of_range(const u8 *p, bool is_signed)
{
	return is_signed ? (float)(s64)nt_get64(p) : (float)nt_get64(p);
}

/* The arrays of @blob, a valid model file with float weights, as a network. */
void plain_load(const u8 *blob, struct plain_net *net)
{
	u32 i, width;

	net->nr_inputs = blob[NT_AT_INPUTS];
	net->nr_layers = blob[NT_AT_LAYERS];
	width = net->nr_inputs;
	blob += NT_HEADER_SIZE;
	for (i = 0; i < net->nr_inputs; i++, blob += NT_INPUT_SIZE) {
		struct plain_input *in = &net->inputs[i];

		in->feature = nt_get16(blob + NT_IN_FEATURE);
		in->transform = blob[NT_IN_TRANSFORM];
		in->is_signed = NT_SIGNED_FEATURES >> in->feature & 1;
		in->low = end_of_range(blob + NT_IN_LOW, in->is_signed);
		in->high = end_of_range(blob + NT_IN_HIGH, in->is_signed);
		in->offset = get_double(blob + NT_IN_OFFSET);
		in->scale = get_double(blob + NT_IN_SCALE);
	}
	for (i = 0; i < net->nr_layers; i++) {
		struct plain_layer *layer = &net->layers[i];
		u32 outputs = nt_get16(blob + NT_LA_OUTPUTS);
		u32 count = width * outputs;

		layer->inputs = width;
		layer->outputs = outputs;
		layer->activation = blob[NT_LA_ACTIVATION];
		layer->weights = malloc((count + outputs) * sizeof(float));
		if (!layer->weights)
			abort();
		memcpy(layer->weights, blob + NT_LAYER_HEADER_SIZE + outputs * 8,
		       (count + outputs) * sizeof(float));
		layer->bias = layer->weights + count;
		blob += nt_layer_size(width, outputs, true);
		width = outputs;
	}
}

static float transformed(const struct plain_input *in, u64 word)
{
	float value = in->is_signed ? (float)(s64)word : (float)word;

	if (in->transform == NT_FLAG)
		return word ? 1.0f : 0.0f;
	if (in->transform == NT_LOG2)
		return 1024.0f * log2f(1.0f + fmaxf(value, 0.0f));
	return fminf(fmaxf(value, in->low), in->high);
}

float plain_logit(const struct plain_net *net, const u64 *features)
{
	float x[NT_MAX_WIDTH], y[NT_MAX_WIDTH];
	u32 l, i, j;

	for (i = 0; i < net->nr_inputs; i++) {
		const struct plain_input *in = &net->inputs[i];

		x[i] = (transformed(in, features[in->feature]) - in->offset) * in->scale;
	}
	for (l = 0; l < net->nr_layers; l++) {
		const struct plain_layer *layer = &net->layers[l];

		for (i = 0; i < layer->outputs; i++) {
			float sum = layer->bias[i];

			for (j = 0; j < layer->inputs; j++)
				sum += layer->weights[i * layer->inputs + j] * x[j];
			if (layer->activation == NT_ACT_SIGMOID)
				sum = 1.0f / (1.0f + expf(-sum));
			else if (layer->activation == NT_ACT_RELU)
				sum = fmaxf(sum, 0.0f);
			y[i] = sum;
		}
		memcpy(x, y, layer->outputs * sizeof(float));
	}
	return x[0];
}
