// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer harness: any bytes go through the reader; what it accepts is
 * evaluated by every path on extreme words, and the paths must agree.
 *
 * Build it with clang -fsanitize=fuzzer,address,undefined together with
 * nt_validate.c, nt_model.c, nt_infer.c and nt_float.c (fuzz/run.ts does). Files get the
 * right lengths, checksum and schema hash before the reader sees them a second
 * time, or the fuzzer would spend its life on the CRC.
 */
#include <stdlib.h>
#include <string.h>
#include "../nt_format.h"

static const u64 extremes[] = {
	0, 1, 2, 1023, 0x7fffffff, 0xffffffff, 1ULL << 32, 1ULL << 53,
	(1ULL << 63) - 1, 1ULL << 63, (1ULL << 63) + 1, ~0ULL - 1, ~0ULL,
};

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static u32 crc32_of(const u8 *p, size_t len)
{
	u32 crc = ~0U;
	int bit;

	while (len--) {
		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320U : 0);
	}
	return ~crc;
}

static void put(u8 *p, u64 value, u32 bytes)
{
	while (bytes--) {
		*p++ = (u8)value;
		value >>= 8;
	}
}

static void evaluate(const u8 *file, size_t len)
{
	struct nt_model *model, *small;
	u64 features[NT_NR_FEATURES];
	struct nt_error err;
	size_t size;
	float single;
	u32 r, i;

	model = aligned_alloc(NT_ALIGN, NT_MAX_MODEL);
	if (!model)
		abort();
	if (nt_prepare(file, len, model, NT_MAX_MODEL, &err)) {
		if (!err.what || err.offset > len)
			abort();
		free(model);
		return;
	}
	if (model->size > NT_MAX_MODEL)
		abort();
	/* The model must live within the size it states, and not in less. */
	size = (model->size + NT_ALIGN - 1) & ~(size_t)(NT_ALIGN - 1);
	small = aligned_alloc(NT_ALIGN, size);
	if (!small || nt_prepare(file, len, small, size, NULL))
		abort();
	for (r = 0; r < 4 * ARRAY_SIZE(extremes); r++) {
		for (i = 0; i < NT_NR_FEATURES; i++)
			features[i] = extremes[(r + i * (r / ARRAY_SIZE(extremes))) % ARRAY_SIZE(extremes)];
		if (nt_decide(model, features) != nt_positive(model, nt_logit(model, features)))
			abort();
		if (nt_logit(model, features) != nt_logit(small, features))
			abort();
		/* What is taken for granted and true changes nothing. */
		i = r % NT_NR_FEATURES;
		if (nt_prepare(file, len, small, size, NULL))
			abort();
		nt_assume(small, i, features[i]);
		if (nt_decide(small, features) != nt_decide(model, features))
			abort();
		if (nt_has_float(file)) {
			nt_float_logit(file, features, &single);
			(void)nt_float_positive(file, features);
		}
	}
	free(small);
	free(model);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u8 *file;

	evaluate(data, size);
	if (size < NT_HEADER_SIZE || size > NT_MAX_FILE)
		return 0;
	file = malloc(size);	/* exact size, so that an overrun is seen */
	if (!file)
		abort();
	memcpy(file, data, size);
	put(file + NT_AT_MAGIC, NT_MAGIC, 4);
	put(file + NT_AT_VERSION, NT_VERSION, 2);
	put(file + NT_AT_HEADER_SIZE, NT_HEADER_SIZE, 2);
	put(file + NT_AT_TOTAL, size, 4);
	put(file + NT_AT_SCHEMA, NT_SCHEMA_HASH, 8);
	put(file + NT_AT_CRC, 0, 4);
	put(file + NT_AT_CRC, crc32_of(file, size), 4);
	evaluate(file, size);
	free(file);
	return 0;
}
