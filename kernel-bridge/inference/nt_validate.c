// SPDX-License-Identifier: GPL-2.0-only
/*
 * Check a model file.
 *
 * The bytes may come from anyone: every field is checked before use, and what
 * is not known is refused. The checks and their order are those of
 * model/nt-read.ts.
 */
#include "nt_internal.h"
#include "nt_view.h"

/* A float or double is finite when its exponent is not all ones. */
#define NT_F32_EXPONENT	0x7f800000U
#define NT_F64_EXPONENT	0x7ff0000000000000ULL

struct nt_reader {
	const u8 *blob;
	u32 len;
	u32 features;	/* of the file's schema */
	struct nt_error *err;
};

static int nt_refuse(struct nt_reader *r, const char *what, u32 offset, u64 found,
		     u64 expected)
{
	nt_explain(r->err, what, offset, found, expected);
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

/* How many features the schema of that hash has; 0 for an unknown one. */
static u32 nt_schema_features(u64 hash)
{
	static const struct {
		u32 features;
		u64 hash;
	} schemas[NT_NR_SCHEMAS] = NT_SCHEMAS;
	u32 i;

	for (i = 0; i < NT_NR_SCHEMAS; i++) {
		if (schemas[i].hash == hash)
			return schemas[i].features;
	}
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
	r->features = nt_schema_features(nt_get64(b + NT_AT_SCHEMA));
	if (!r->features)
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
	u32 flags = nt_get32(b + NT_AT_FLAGS);
	bool tree = flags & NT_FLAG_TREE;
	int err;

	if (flags > NT_FLAG_TREE)	/* not both, and no other */
		return nt_refuse(r, "flags", NT_AT_FLAGS, flags, NT_FLAG_TREE);
	err = nt_check_range(r, "target", NT_AT_TARGET, b[NT_AT_TARGET], 0,
			     NT_NR_TARGETS - 1);
	if (!err)
		err = nt_check_range(r, "number of inputs", NT_AT_INPUTS,
				     b[NT_AT_INPUTS], 1, NT_MAX_INPUTS);
	if (!err)
		err = nt_check_range(r, "number of layers", NT_AT_LAYERS,
				     b[NT_AT_LAYERS], tree ? 0 : 1,
				     tree ? 0 : NT_MAX_LAYERS);
	if (!err)
		err = nt_check_range(r, "logit fraction bits", NT_AT_LOGIT_FRAC,
				     b[NT_AT_LOGIT_FRAC], 0, NT_MAX_FRAC);
	if (err)
		return err;
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

	err = nt_check_range(r, "feature id", at, feature, 0, r->features - 1);
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

/* Does the T of an input lie in [low, high) of its range, and so split it? */
static bool nt_splits_range(const u8 *input, u64 cut)
{
	u64 low = nt_get64(input + NT_IN_LOW);
	u64 high = nt_get64(input + NT_IN_HIGH);

	if (nt_signed(nt_get16(input + NT_IN_FEATURE), input[NT_IN_TRANSFORM]))
		return (s64)low <= (s64)cut && (s64)cut < (s64)high;
	return low <= cut && cut < high;
}

static int nt_check_node(struct nt_reader *r, u32 at)
{
	const u8 *p = r->blob + at;
	u64 value = nt_get64(p + NT_NO_VALUE);
	u32 input = p[NT_NO_INPUT];
	int err;

	err = nt_check_zero(r, "reserved byte of a node", at + NT_NO_RESERVED,
			    NT_NO_HIGH - NT_NO_RESERVED);
	if (!err)
		err = nt_check_zero(r, "reserved bytes of a node", at + NT_NO_MORE,
				    NT_NO_VALUE - NT_NO_MORE);
	if (err)
		return err;
	if (input == NT_LEAF) {
		err = nt_check_range(r, "high branch of a leaf", at + NT_NO_HIGH,
				     nt_get16(p + NT_NO_HIGH), 0, 0);
		return err ? err : nt_check_sum(r, "score of a leaf", at + NT_NO_VALUE,
						(s64)value);
	}
	err = nt_check_range(r, "input of a node", at, input, 0, r->blob[NT_AT_INPUTS] - 1);
	if (err)
		return err;
	if (!nt_splits_range(r->blob + NT_HEADER_SIZE + input * NT_INPUT_SIZE, value))
		return nt_refuse(r, "cut of a node outside the range of its input",
				 at + NT_NO_VALUE, value, 0);
	return 0;
}

/*
 * A tree in preorder: behind a node comes its low branch, behind that its high
 * branch. @open holds where the high branches of the nodes above begin, so that
 * every node is reached in one way and no walk is longer than NT_MAX_DEPTH.
 */
static int nt_check_tree(struct nt_reader *r, u32 at)
{
	u32 count = (r->len - at) / NT_NODE_SIZE;
	u16 open[NT_MAX_DEPTH];
	u32 depth = 0, i;
	int err;

	if ((r->len - at) % NT_NODE_SIZE)
		return nt_refuse(r, "end of file in a node", at, r->len,
				 at + count * NT_NODE_SIZE);
	err = nt_check_range(r, "number of nodes", at, count, 1, NT_MAX_NODES);
	if (err)
		return err;
	for (i = 0; i < count; i++, at += NT_NODE_SIZE) {
		err = nt_check_node(r, at);
		if (err)
			return err;
		if (r->blob[at + NT_NO_INPUT] != NT_LEAF) {
			if (depth == NT_MAX_DEPTH)
				return nt_refuse(r, "questions to a leaf", at, depth + 1,
						 NT_MAX_DEPTH);
			open[depth++] = nt_get16(r->blob + at + NT_NO_HIGH);
		} else if (depth) {
			if (open[--depth] != i + 1 || i + 1 == count)
				return nt_refuse(r, "high branch of a node", at, open[depth],
						 i + 1);
		} else if (i + 1 != count) {
			return nt_refuse(r, "nodes behind the last leaf", at, count, i + 1);
		}
	}
	return depth ? nt_refuse(r, "a node without branches", at, depth, 0) : 0;
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
	if (nt_get32(r.blob + NT_AT_FLAGS) & NT_FLAG_TREE)
		return nt_check_tree(&r, at);
	return nt_check_layers(&r, at);
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
