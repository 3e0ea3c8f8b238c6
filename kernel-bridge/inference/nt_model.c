// SPDX-License-Identifier: GPL-2.0-only
/*
 * Check a model file and prepare it for inference.
 *
 * The bytes may come from anyone: every field is checked before use, and what
 * is not known is refused. The checks and their order are those of
 * model/nt-read.ts.
 */
#include "nt_internal.h"

/* A float or double is finite when its exponent is not all ones. */
#define NT_F32_EXPONENT	0x7f800000U
#define NT_F64_EXPONENT	0x7ff0000000000000ULL

struct nt_reader {
	const u8 *blob;
	u32 len;
	struct nt_error *err;
};

static int nt_refuse(struct nt_reader *r, const char *what, u32 offset, u64 found,
		     u64 expected)
{
	if (r->err) {
		r->err->what = what;
		r->err->found = found;
		r->err->expected = expected;
		r->err->offset = offset;
	}
	return -EINVAL;
}

/* CRC-32 (IEEE 802.3, reflected), four bits at a time. */
static u32 nt_crc32(u32 crc, const u8 *p, u32 len)
{
	static const u32 table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};

	while (len--) {
		crc ^= *p++;
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return crc;
}

/* The checksum of the file with its own field taken as zero. */
static u32 nt_file_crc(const u8 *blob, u32 len)
{
	static const u8 zero[4];
	u32 crc = ~0U;

	crc = nt_crc32(crc, blob, NT_AT_CRC);
	crc = nt_crc32(crc, zero, 4);
	crc = nt_crc32(crc, blob + NT_AT_CRC + 4, len - NT_AT_CRC - 4);
	return ~crc;
}

static int nt_check_zero(struct nt_reader *r, const char *what, u32 at, u32 len)
{
	u32 i;

	for (i = at; i < at + len; i++) {
		if (r->blob[i])
			return nt_refuse(r, what, i, r->blob[i], 0);
	}
	return 0;
}

static int nt_check_range(struct nt_reader *r, const char *what, u32 at, u32 found,
			  u32 low, u32 high)
{
	if (found < low)
		return nt_refuse(r, what, at, found, low);
	if (found > high)
		return nt_refuse(r, what, at, found, high);
	return 0;
}

static int nt_check_sum(struct nt_reader *r, const char *what, u32 at, s64 value)
{
	if (value < -NT_SUM_LIMIT)
		return nt_refuse(r, what, at, (u64)value, (u64)-NT_SUM_LIMIT);
	if (value > NT_SUM_LIMIT)
		return nt_refuse(r, what, at, (u64)value, NT_SUM_LIMIT);
	return 0;
}

/* Magic, version, lengths, checksum, schema: a whole file of this project? */
static int nt_check_frame(struct nt_reader *r, size_t len)
{
	const u8 *b = r->blob;
	u32 crc;

	if (len < NT_HEADER_SIZE)
		return nt_refuse(r, "length below that of a header", 0, len,
				 NT_HEADER_SIZE);
	if (len > NT_MAX_FILE)
		return nt_refuse(r, "length", 0, len, NT_MAX_FILE);
	r->len = len;
	if (nt_get32(b + NT_AT_MAGIC) != NT_MAGIC)
		return nt_refuse(r, "magic", NT_AT_MAGIC, nt_get32(b), NT_MAGIC);
	if (nt_get16(b + NT_AT_VERSION) != NT_VERSION)
		return nt_refuse(r, "format version", NT_AT_VERSION,
				 nt_get16(b + NT_AT_VERSION), NT_VERSION);
	if (nt_get16(b + NT_AT_HEADER_SIZE) != NT_HEADER_SIZE)
		return nt_refuse(r, "header size", NT_AT_HEADER_SIZE,
				 nt_get16(b + NT_AT_HEADER_SIZE), NT_HEADER_SIZE);
	if (nt_get32(b + NT_AT_TOTAL) != len)
		return nt_refuse(r, "total length", NT_AT_TOTAL,
				 nt_get32(b + NT_AT_TOTAL), len);
	crc = nt_file_crc(b, r->len);
	if (nt_get32(b + NT_AT_CRC) != crc)
		return nt_refuse(r, "CRC-32", NT_AT_CRC, nt_get32(b + NT_AT_CRC), crc);
	if (nt_get64(b + NT_AT_SCHEMA) != NT_SCHEMA_HASH)
		return nt_refuse(r, "hash of the feature schema", NT_AT_SCHEMA,
				 nt_get64(b + NT_AT_SCHEMA), NT_SCHEMA_HASH);
	return 0;
}

static int nt_check_name(struct nt_reader *r)
{
	bool ended = false;
	u32 i;

	for (i = NT_AT_NAME; i < NT_AT_NAME + NT_NAME_LENGTH; i++) {
		u8 c = r->blob[i];

		if (!c)
			ended = true;
		else if (ended || c < 0x20 || c > 0x7e)
			return nt_refuse(r, "name", i, c, 0);
	}
	return 0;
}

static int nt_check_header(struct nt_reader *r)
{
	const u8 *b = r->blob;
	u32 threshold = nt_get32(b + NT_AT_THRESHOLD_FLOAT);
	int err;

	err = nt_check_range(r, "target", NT_AT_TARGET, b[NT_AT_TARGET], 0,
			     NT_NR_TARGETS - 1);
	if (!err)
		err = nt_check_range(r, "number of inputs", NT_AT_INPUTS,
				     b[NT_AT_INPUTS], 1, NT_MAX_INPUTS);
	if (!err)
		err = nt_check_range(r, "number of layers", NT_AT_LAYERS,
				     b[NT_AT_LAYERS], 1, NT_MAX_LAYERS);
	if (!err)
		err = nt_check_range(r, "logit fraction bits", NT_AT_LOGIT_FRAC,
				     b[NT_AT_LOGIT_FRAC], 0, NT_MAX_FRAC);
	if (err)
		return err;
	if (nt_get32(b + NT_AT_FLAGS) & ~NT_FLAG_FLOAT)
		return nt_refuse(r, "flags", NT_AT_FLAGS, nt_get32(b + NT_AT_FLAGS),
				 NT_FLAG_FLOAT);
	err = nt_check_sum(r, "threshold", NT_AT_THRESHOLD,
			   (s64)nt_get64(b + NT_AT_THRESHOLD));
	if (err)
		return err;
	if ((threshold & NT_F32_EXPONENT) == NT_F32_EXPONENT)
		return nt_refuse(r, "float threshold not finite",
				 NT_AT_THRESHOLD_FLOAT, threshold, 0);
	err = nt_check_zero(r, "reserved bytes of the header", NT_AT_RESERVED, 4);
	return err ? err : nt_check_name(r);
}

static int nt_check_normalisation(struct nt_reader *r, u32 at)
{
	u64 offset = nt_get64(r->blob + at + NT_IN_OFFSET);
	u64 scale = nt_get64(r->blob + at + NT_IN_SCALE);

	if ((offset & NT_F64_EXPONENT) == NT_F64_EXPONENT)
		return nt_refuse(r, "input offset not finite", at + NT_IN_OFFSET, offset,
				 0);
	if ((scale & NT_F64_EXPONENT) == NT_F64_EXPONENT || !(scale << 1))
		return nt_refuse(r, "input scale zero or not finite", at + NT_IN_SCALE,
				 scale, 1);
	return 0;
}

static int nt_check_input(struct nt_reader *r, u32 at)
{
	const u8 *p = r->blob + at;
	u32 feature = nt_get16(p + NT_IN_FEATURE);
	u32 transform = p[NT_IN_TRANSFORM];
	u64 low = nt_get64(p + NT_IN_LOW);
	u64 high = nt_get64(p + NT_IN_HIGH);
	u64 multiplier = nt_get64(p + NT_IN_MULTIPLIER);
	u64 product;
	int err;

	err = nt_check_range(r, "feature id", at, feature, 0, NT_NR_FEATURES - 1);
	if (!err)
		err = nt_check_range(r, "transform", at + NT_IN_TRANSFORM, transform, 0,
				     NT_NR_TRANSFORMS - 1);
	if (!err)
		err = nt_check_zero(r, "reserved bytes of an input",
				    at + NT_IN_RESERVED, NT_IN_LOW - NT_IN_RESERVED);
	if (err)
		return err;
	if (nt_signed(feature, transform) ? (s64)low >= (s64)high : low >= high)
		return nt_refuse(r, "low end of an input not below its high end",
				 at + NT_IN_LOW, low, high);
	if (transform == NT_FLAG && (low || high != 1))
		return nt_refuse(r, "range of a flag", at + NT_IN_HIGH, high, 1);
	if (transform == NT_LOG2 && (low || high != NT_LOG2_MAX))
		return nt_refuse(r, "range of a logarithm", at + NT_IN_HIGH, high,
				 NT_LOG2_MAX);
	if (transform == NT_LOG2 && multiplier != 1ULL << 48)
		return nt_refuse(r, "multiplier of a logarithm", at + NT_IN_MULTIPLIER,
				 multiplier, 1ULL << 48);
	if (!multiplier || __builtin_mul_overflow(high - low, multiplier, &product))
		return nt_refuse(r, "multiplier of an input", at + NT_IN_MULTIPLIER,
				 multiplier, ~0ULL / (high - low));
	return nt_check_normalisation(r, at);
}

/* Smallest and largest x a layer can get. */
static void nt_x_range(int activation, s32 *low, s32 *high)
{
	*low = activation == NT_ACT_IDENTITY ? -32768 : 0;
	*high = 32767;
}

/* Where the parts of a layer lie in the file. */
struct nt_view {
	u32 inputs;
	u32 outputs;
	u32 activation;
	u32 shift;
	const u8 *bias;
	const u8 *floats;
	const u8 *weights;
	u32 size;
};

static void nt_view_layer(const u8 *p, bool with_float, struct nt_view *v)
{
	v->inputs = nt_get16(p + NT_LA_INPUTS);
	v->outputs = nt_get16(p + NT_LA_OUTPUTS);
	v->activation = p[NT_LA_ACTIVATION];
	v->shift = p[NT_LA_SHIFT];
	v->bias = p + NT_LAYER_HEADER_SIZE;
	v->floats = v->bias + v->outputs * 8;
	v->weights = v->floats;
	if (with_float)
		v->weights += (v->inputs + 1) * v->outputs * 4;
	v->size = nt_layer_size(v->inputs, v->outputs, with_float);
}

static s64 nt_view_bias(const struct nt_view *v, u32 row)
{
	return (s64)nt_get64(v->bias + row * 8);
}

static s32 nt_view_weight(const struct nt_view *v, u32 row, u32 column)
{
	return (s16)nt_get16(v->weights + (row * v->inputs + column) * 2);
}

/*
 * Interval analysis: the smallest and largest sum of a row over every x in
 * range. With |bias| <= 2^53 neither can leave an s64.
 */
static void nt_row_interval(const struct nt_view *v, u32 row, s32 x_low, s32 x_high,
			    s64 *low, s64 *high)
{
	u32 j;

	*low = nt_view_bias(v, row);
	*high = *low;
	for (j = 0; j < v->inputs; j++) {
		s64 w = nt_view_weight(v, row, j);

		*low += w * (w < 0 ? x_high : x_low);
		*high += w * (w < 0 ? x_low : x_high);
	}
}

static bool nt_layer_narrow(const struct nt_view *v, s32 x_low, s32 x_high)
{
	s64 low, high;
	u32 i;

	for (i = 0; i < v->outputs; i++) {
		nt_row_interval(v, i, x_low, x_high, &low, &high);
		if (low < -(1LL << 31) || high >= 1LL << 31)
			return false;
	}
	return true;
}

static int nt_check_layer_header(struct nt_reader *r, u32 at, u32 width, bool last)
{
	const u8 *p = r->blob + at;
	u32 frac_at = at + NT_LA_FRAC;
	int err;

	err = nt_check_range(r, "inputs of a layer", at, nt_get16(p + NT_LA_INPUTS),
			     width, width);
	if (!err)
		err = nt_check_range(r, "outputs of a layer", at + NT_LA_OUTPUTS,
				     nt_get16(p + NT_LA_OUTPUTS), 1,
				     last ? 1 : NT_MAX_WIDTH);
	if (!err)
		err = nt_check_range(r, "activation", at + NT_LA_ACTIVATION,
				     p[NT_LA_ACTIVATION], 0,
				     last ? NT_ACT_IDENTITY : NT_NR_ACTIVATIONS - 1);
	if (!err)
		err = nt_check_range(r, "shift of a layer", at + NT_LA_SHIFT,
				     p[NT_LA_SHIFT], 0, last ? 0 : NT_MAX_SHIFT);
	if (!err)
		err = nt_check_range(r, "fraction bits of a layer", frac_at,
				     p[NT_LA_FRAC], p[NT_LA_SHIFT], NT_MAX_FRAC);
	if (!err && last)
		err = nt_check_range(r, "fraction bits of the last layer", frac_at,
				     p[NT_LA_FRAC], r->blob[NT_AT_LOGIT_FRAC],
				     r->blob[NT_AT_LOGIT_FRAC]);
	if (!err)
		err = nt_check_zero(r, "reserved byte of a layer", at + NT_LA_RESERVED,
				    1);
	return err;
}

static int nt_check_layer_data(struct nt_reader *r, u32 at, const struct nt_view *v,
			       s32 x_low, s32 x_high)
{
	u32 end = v->weights - r->blob + v->inputs * v->outputs * 2;
	const u8 *p;
	s64 low, high;
	u32 i;
	int err;

	for (i = 0; i < v->outputs; i++) {
		err = nt_check_sum(r, "bias", v->bias - r->blob + i * 8,
				   nt_view_bias(v, i));
		if (err)
			return err;
	}
	for (p = v->floats; p < v->weights; p += 4) {
		if ((nt_get32(p) & NT_F32_EXPONENT) == NT_F32_EXPONENT)
			return nt_refuse(r, "float weight not finite", p - r->blob,
					 nt_get32(p), 0);
	}
	err = nt_check_zero(r, "padding of a layer", end, at + v->size - end);
	if (err)
		return err;
	for (i = 0; i < v->outputs; i++) {
		nt_row_interval(v, i, x_low, x_high, &low, &high);
		err = nt_check_sum(r, "smallest sum of a row", at, low);
		if (!err)
			err = nt_check_sum(r, "largest sum of a row", at, high);
		if (err)
			return err;
	}
	return 0;
}

static int nt_check_layers(struct nt_reader *r, u32 at)
{
	bool with_float = nt_get32(r->blob + NT_AT_FLAGS) & NT_FLAG_FLOAT;
	u32 layers = r->blob[NT_AT_LAYERS];
	u32 width = r->blob[NT_AT_INPUTS];
	s32 x_low = -32768, x_high = 32767;
	struct nt_view v;
	u32 l;
	int err;

	for (l = 0; l < layers; l++) {
		if (at + NT_LAYER_HEADER_SIZE > r->len)
			return nt_refuse(r, "end of file in a layer", at, r->len,
					 at + NT_LAYER_HEADER_SIZE);
		err = nt_check_layer_header(r, at, width, l == layers - 1);
		if (err)
			return err;
		nt_view_layer(r->blob + at, with_float, &v);
		if (at + v.size > r->len)
			return nt_refuse(r, "end of file in a layer", at, r->len,
					 at + v.size);
		err = nt_check_layer_data(r, at, &v, x_low, x_high);
		if (err)
			return err;
		nt_x_range(v.activation, &x_low, &x_high);
		width = v.outputs;
		at += v.size;
	}
	if (at != r->len)
		return nt_refuse(r, "bytes after the last layer", at, r->len, at);
	return 0;
}

/**
 * nt_validate() - check every field of a model file
 * @blob: the bytes, at any alignment
 * @len: how many
 * @err: filled in on failure; may be NULL
 *
 * Return: 0, or -EINVAL.
 */
int nt_validate(const void *blob, size_t len, struct nt_error *err)
{
	struct nt_reader r = { .blob = blob, .len = 0, .err = err };
	u32 at = NT_HEADER_SIZE;
	u32 i, inputs;
	int ret;

	ret = nt_check_frame(&r, len);
	if (!ret)
		ret = nt_check_header(&r);
	if (ret)
		return ret;
	inputs = r.blob[NT_AT_INPUTS];
	if (at + inputs * NT_INPUT_SIZE > r.len)
		return nt_refuse(&r, "end of file in the inputs", at, r.len,
				 at + inputs * NT_INPUT_SIZE);
	for (i = 0; i < inputs; i++, at += NT_INPUT_SIZE) {
		ret = nt_check_input(&r, at);
		if (ret)
			return ret;
	}
	return nt_check_layers(&r, at);
}

static void nt_prepare_input(const u8 *p, struct nt_input *in)
{
	u32 feature = nt_get16(p + NT_IN_FEATURE);
	u32 transform = p[NT_IN_TRANSFORM];
	bool is_signed = NT_SIGNED_FEATURES >> feature & 1;

	in->at = feature * sizeof(u64);
	in->flip = nt_signed(feature, transform) ? 1ULL << 63 : 0;
	in->span = nt_get64(p + NT_IN_HIGH) - nt_get64(p + NT_IN_LOW);
	in->multiplier = nt_get64(p + NT_IN_MULTIPLIER);
	if (transform == NT_LOG2)
		in->kind = is_signed ? NT_LOG_SIGNED : NT_LOG_UNSIGNED;
	else
		in->kind = transform == NT_CLIPPED ? NT_CLAMP : NT_LINEAR;
	in->low = nt_get64(p + NT_IN_LOW);
	if (in->kind == NT_CLAMP)
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
			bool linear = unsorted[i].kind == NT_LINEAR;
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
		h->columns = (inputs + 3) & ~3U;
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
static void nt_pack_rows(const struct nt_view *hidden, const struct nt_view *out,
			 const struct nt_packed *h, const u8 *column, u8 *at)
{
	u32 row, j;

	for (row = 0; row < hidden->outputs; row++) {
		u8 *block = at + row / NT_BLOCK_ROWS * nt_block_size(h->columns);
		u32 shift = row % NT_BLOCK_ROWS * 32;
		u64 *bias = (u64 *)block;
		s32 *outs = (s32 *)(bias + 1);
		u64 *weights = (u64 *)(outs + 2);
		/* nt_logit() multiplies with x + 32768, which is never negative. */
		s64 start = nt_view_bias(hidden, row);

		for (j = 0; j < hidden->inputs; j++) {
			s64 w = nt_view_weight(hidden, row, j);

			weights[column[j]] += (u64)w << shift;
			start -= w * 32768;
		}
		*bias += (u64)start << shift;
		outs[row % NT_BLOCK_ROWS] = nt_view_weight(out, 0, row);
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
	if (!nt_layer_narrow(&hidden, -32768, 32767) ||
	    !nt_layer_narrow(&out, x_low, x_high))
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
	m->path = shape.columns == 8 && hidden.activation == NT_ACT_SIGMOID ?
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
	struct nt_reader r = { .blob = blob, .len = 0, .err = err };
	const u8 *b = blob;
	bool with_float;
	u32 i, bytes;
	int ret;

	ret = nt_validate(blob, len, err);
	if (ret)
		return ret;
	if ((unsigned long)model % NT_ALIGN)
		return nt_refuse(&r, "alignment of the memory for the model", 0,
				 (unsigned long)model % NT_ALIGN, 0);
	if (size < sizeof(*model)) {
		nt_refuse(&r, "memory for the model", 0, size, NT_MAX_MODEL);
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
	with_float = nt_get32(b + NT_AT_FLAGS) & NT_FLAG_FLOAT;
	if (nt_prepare_packed(b, with_float, model, size))
		return 0;
	bytes = nt_loops_size(b + NT_HEADER_SIZE + model->nr_inputs * NT_INPUT_SIZE,
			      with_float, model);
	if (bytes > size) {
		nt_refuse(&r, "memory for the model", 0, size, bytes);
		return -ENOSPC;
	}
	model->size = bytes;
	nt_prepare_loops(b, with_float, model);
	return 0;
}

/**
 * nt_has_float() - does a model file hold float weights?
 * @blob: a file that nt_validate() accepted
 *
 * Return: true if nt_float_positive() can run it.
 */
bool nt_has_float(const void *blob)
{
	return nt_get32((const u8 *)blob + NT_AT_FLAGS) & NT_FLAG_FLOAT;
}
