// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decision of a model in single precision, straightforward: the variant
 * that fixed point is compared with.
 *
 * A compilation unit of its own because the kernel compiles it with SSE
 * enabled, which must not leak into other objects. There: call it only between
 * kernel_fpu_begin() and kernel_fpu_end(). It reads the file itself, not the
 * prepared model, whose layout depends on the compiler's flags.
 */
#include "nt_format.h"

/* e^x for x <= 0 by e^x = 2^n * e^r, |r| <= ln(2) / 2; relative error 3e-7. */
static float nt_exp(float x)
{
	union {
		u32 bits;
		float value;
	} power;
	float r, e;
	s32 n;

	if (!(x > -80.0f))	/* a NaN too: weights may be as large as floats are */
		return 0.0f;
	n = (s32)(x * 1.44269504f - 0.5f);	/* rounds to nearest for x <= 0 */
	r = x - (float)n * 0.693147182f;
	e = 1.0f + r * (1.0f + r * (0.5f + r * (1.6666667e-1f + r * (4.1666668e-2f +
	    r * (8.3333338e-3f + r * 1.3888889e-3f)))));
	power.bits = (u32)(n + 127) << 23;
	return e * power.value;
}

static float nt_float_activate(u32 activation, float z)
{
	float e;

	if (activation == NT_ACT_RELU)
		return z > 0.0f ? z : 0.0f;
	if (activation != NT_ACT_SIGMOID)
		return z;
	if (z > 0.0f)
		return 1.0f / (1.0f + nt_exp(-z));
	e = nt_exp(z);
	return e / (1.0f + e);
}

static float nt_get_float(const u8 *p)
{
	union {
		u32 bits;
		float value;
	} u = { .bits = nt_get32(p) };

	return u.value;
}

static double nt_get_double(const u8 *p)
{
	union {
		u64 bits;
		double value;
	} u = { .bits = nt_get64(p) };

	return u.value;
}

static u64 nt_float_log2(u64 v)
{
	u64 u = v == ~0ULL ? v : v + 1;
	u32 n = 63 - __builtin_clzll(u);

	u = n ? u << (64 - n) : 0;	/* the bits below the leading one */
	return (u64)n << 10 | u >> 54;
}

/* x = (T - offset) * scale, T saturated as in fixed point. */
static float nt_float_input(const u8 *p, const u64 *features)
{
	u32 feature = nt_get16(p + NT_IN_FEATURE);
	u32 transform = p[NT_IN_TRANSFORM];
	u64 low = nt_get64(p + NT_IN_LOW);
	u64 high = nt_get64(p + NT_IN_HIGH);
	u64 t = features[feature];
	double number;

	if (transform == NT_LOG2) {
		if (NT_SIGNED_FEATURES >> feature & 1 && (s64)t < 0)
			t = 0;
		t = nt_float_log2(t);
	}
	if (nt_signed(feature, transform)) {
		if ((s64)t < (s64)low)
			t = low;
		if ((s64)t > (s64)high)
			t = high;
		number = (double)(s64)t;
	} else {
		if (t < low)
			t = low;
		if (t > high)
			t = high;
		number = (double)t;
	}
	return (float)((number - nt_get_double(p + NT_IN_OFFSET)) *
		       nt_get_double(p + NT_IN_SCALE));
}

static float nt_float_run(const u8 *b, const u64 *features)
{
	float buffers[2][NT_MAX_WIDTH] __uninitialized;
	const float *x = buffers[0];
	u32 inputs = b[NT_AT_INPUTS];
	u32 layers = b[NT_AT_LAYERS];
	u32 l, i, j;

	b += NT_HEADER_SIZE;
	for (i = 0; i < inputs; i++, b += NT_INPUT_SIZE)
		buffers[0][i] = nt_float_input(b, features);
	for (l = 1; l <= layers; l++) {
		u32 outputs = nt_get16(b + NT_LA_OUTPUTS);
		const u8 *w = b + NT_LAYER_HEADER_SIZE + outputs * 8;
		const u8 *bias = w + inputs * outputs * 4;
		float *y = buffers[l & 1];

		for (i = 0; i < outputs; i++) {
			float sum = nt_get_float(bias + i * 4);

			for (j = 0; j < inputs; j++, w += 4)
				sum += nt_get_float(w) * x[j];
			y[i] = nt_float_activate(b[NT_LA_ACTIVATION], sum);
		}
		b += nt_layer_size(inputs, outputs, true);
		inputs = outputs;
		x = y;
	}
	return x[0];
}

/**
 * nt_float_logit() - evaluate a model file in single precision
 * @blob: a file that nt_validate() accepted and nt_has_float() confirmed
 * @features: one word per feature id
 * @logit: receives the logit; a pointer, so that callers without FPU code can
 *	pass it on
 */
void nt_float_logit(const void *blob, const u64 *features, float *logit)
{
	*logit = nt_float_run(blob, features);
}

/**
 * nt_float_positive() - the decision in single precision
 * @blob: a file that nt_validate() accepted and nt_has_float() confirmed
 * @features: one word per feature id
 *
 * Return: true for the positive class of the model's target.
 */
bool nt_float_positive(const void *blob, const u64 *features)
{
	const u8 *b = blob;

	return nt_float_run(b, features) > nt_get_float(b + NT_AT_THRESHOLD_FLOAT);
}
