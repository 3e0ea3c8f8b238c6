// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one inference costs: run under `valgrind --tool=callgrind
 * --toggle-collect=timed_fixed` (or timed_float, timed_plain) to count
 * instructions, or alone to measure nanoseconds.
 *
 * usage: nt_count MODEL.nt RECORDS.bin REPEATS
 * RECORDS.bin: NT_NR_FEATURES u64 words per record.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "../nt.h"

static unsigned char blob[NT_MAX_FILE];
static _Alignas(NT_ALIGN) unsigned char memory[NT_MAX_MODEL];

__attribute__((noipa)) s64 timed_fixed(const struct nt_model *m, const u64 *f)
{
	return nt_logit(m, f);
}

__attribute__((noipa)) void timed_float(const void *b, const u64 *f, float *out)
{
	nt_float_logit(b, f, out);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char **argv)
{
	struct nt_model *model = (void *)memory;
	struct nt_error err;
	u64 *records;
	double start, fixed, single;
	long repeats, count, r, i, size;
	s64 sum = 0;
	float fsum = 0, value;
	FILE *file;

	if (argc != 4)
		return 2;
	file = fopen(argv[1], "rb");
	if (!file)
		return 1;
	size = fread(blob, 1, sizeof(blob), file);
	fclose(file);
	if (nt_prepare(blob, size, model, sizeof(memory), &err)) {
		fprintf(stderr, "%s\n", err.what);
		return 1;
	}
	file = fopen(argv[2], "rb");
	if (!file)
		return 1;
	fseek(file, 0, SEEK_END);
	count = ftell(file) / (long)(NT_NR_FEATURES * sizeof(u64));
	rewind(file);
	records = malloc(count * NT_NR_FEATURES * sizeof(u64));
	if (!records || fread(records, NT_NR_FEATURES * sizeof(u64), count, file) != (size_t)count)
		return 1;
	fclose(file);
	repeats = atol(argv[3]);

	start = now();
	for (r = 0; r < repeats; r++)
		for (i = 0; i < count; i++)
			sum += timed_fixed(model, records + i * NT_NR_FEATURES);
	fixed = (now() - start) / ((double)repeats * count);
	start = now();
	for (r = 0; r < repeats; r++)
		for (i = 0; i < count; i++) {
			timed_float(blob, records + i * NT_NR_FEATURES, &value);
			fsum += value;
		}
	single = (now() - start) / ((double)repeats * count);
	printf("{\"records\": %ld, \"fixedNs\": %.2f, \"floatNs\": %.2f, \"modelBytes\": %u, \"check\": [%lld, %g]}\n",
	       count * repeats, fixed, single, model->size, (long long)sum, fsum);
	return 0;
}
