// SPDX-License-Identifier: GPL-2.0-only
/*
 * Check golden vectors: usage nt_golden MODEL.nt MODEL.golden.txt
 *
 * The format stands in model/nt-golden.ts. Prints the number of records that
 * agree; exits with 1 at the first that does not.
 */
#include <stdio.h>
#include "../nt.h"

static unsigned char blob[NT_MAX_FILE];
static _Alignas(NT_ALIGN) unsigned char memory[NT_MAX_MODEL];

static int skip_line(FILE *f)
{
	int c;

	do {
		c = getc(f);
	} while (c != '\n' && c != EOF);
	return c == EOF;
}

static int check(const struct nt_model *model, FILE *f)
{
	unsigned int ids[NT_NR_FEATURES], nr_ids = 0, records, i, j;
	u64 features[NT_NR_FEATURES] = { 0 };
	long long word, logit;
	int positive, version;

	if (fscanf(f, "nicetries-golden %d", &version) != 1 || version != 1)
		return 2;
	if (skip_line(f) || skip_line(f) || skip_line(f))
		return 2;
	if (fscanf(f, "ids") == EOF)
		return 2;
	while (nr_ids < NT_NR_FEATURES && fscanf(f, "%u", &ids[nr_ids]) == 1) {
		if (ids[nr_ids++] >= NT_NR_FEATURES)
			return 2;
	}
	if (fscanf(f, " records %u", &records) != 1)
		return 2;
	for (i = 0; i < records; i++) {
		for (j = 0; j < nr_ids; j++) {
			if (fscanf(f, "%lld", &word) != 1)
				return 2;
			features[ids[j]] = word;
		}
		if (fscanf(f, "%lld %d", &logit, &positive) != 2)
			return 2;
		word = nt_logit(model, features);
		if (word != logit || nt_positive(model, word) != positive) {
			printf("record %u: found %lld, expected %lld\n", i, word, logit);
			return 1;
		}
	}
	printf("%u\n", records);
	return 0;
}

int main(int argc, char **argv)
{
	struct nt_model *model = (void *)memory;
	struct nt_error err;
	size_t size;
	FILE *f;

	if (argc != 3)
		return 2;
	f = fopen(argv[1], "rb");
	if (!f)
		return 2;
	size = fread(blob, 1, sizeof(blob), f);
	fclose(f);
	if (nt_prepare(blob, size, model, sizeof(memory), &err)) {
		printf("%s at byte %u\n", err.what, err.offset);
		return 2;
	}
	f = fopen(argv[2], "r");
	if (!f)
		return 2;
	return check(model, f);
}
