// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one inference costs: fixed point, the float variant and a plain float
 * implementation, in nanoseconds; or, run under
 *	valgrind --tool=callgrind --toggle-collect=FUNCTION
 * with FUNCTION one of nt_logit, nt_float_logit and plain_logit, in
 * instructions.
 *
 * usage: nt_count MODEL.nt RECORDS.bin REPEATS
 * RECORDS.bin: NT_NR_FEATURES u64 words per record.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "plain_float.h"

static u8 blob[NT_MAX_FILE];
static _Alignas(NT_ALIGN) u8 memory[NT_MAX_MODEL];

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static u64 *read_records(const char *name, long *count)
{
	long size = NT_NR_FEATURES * sizeof(u64);
	FILE *file = fopen(name, "rb");
	u64 *records;

	if (!file)
		return NULL;
	fseek(file, 0, SEEK_END);
	*count = ftell(file) / size;
	rewind(file);
	records = malloc(*count * size);
	if (records && fread(records, size, *count, file) != (size_t)*count)
		records = NULL;
	fclose(file);
	return records;
}

int main(int argc, char **argv)
{
	struct nt_model *model = (void *)memory;
	double start, fixed, single, plain;
	static struct plain_net net;
	struct nt_error err;
	long repeats, count, r, i, size;
	float value, sums[2] = { 0, 0 };
	s64 sum = 0;
	u64 *records;
	FILE *file;

	if (argc != 4)
		return 2;
	file = fopen(argv[1], "rb");
	if (!file)
		return 1;
	size = fread(blob, 1, sizeof(blob), file);
	fclose(file);
	if (nt_prepare(blob, size, model, sizeof(memory), &err) || !nt_has_float(blob))
		return 1;
	plain_load(blob, &net);
	records = read_records(argv[2], &count);
	if (!records)
		return 1;
	repeats = atol(argv[3]);

	start = now();
	for (r = 0; r < repeats; r++) {
		for (i = 0; i < count; i++)
			sum += nt_logit(model, records + i * NT_NR_FEATURES);
	}
	fixed = (now() - start) / ((double)repeats * count);
	start = now();
	for (r = 0; r < repeats; r++) {
		for (i = 0; i < count; i++) {
			nt_float_logit(blob, records + i * NT_NR_FEATURES, &value);
			sums[0] += value;
		}
	}
	single = (now() - start) / ((double)repeats * count);
	start = now();
	for (r = 0; r < repeats; r++) {
		for (i = 0; i < count; i++)
			sums[1] += plain_logit(&net, records + i * NT_NR_FEATURES);
	}
	plain = (now() - start) / ((double)repeats * count);
	printf("{\"records\": %ld, \"fixedNs\": %.2f, \"floatNs\": %.2f, \"plainNs\": %.2f, \"modelBytes\": %u, \"meanLogits\": [%.9g, %.9g, %.9g]}\n",
	       count * repeats, fixed, single, plain, model->size,
	       (double)sum / (double)(1LL << model->logit_frac) / repeats / count,
	       sums[0] / repeats / count, sums[1] / repeats / count);
	return 0;
}
