// SPDX-License-Identifier: GPL-2.0-only
/*
 * Evaluate models read from standard input, for comparison with TypeScript.
 *
 * Input, repeated: u32 length of a model file, u32 number of records, u64 set of
 * feature ids, the file, then per record a u64 word for each feature of the
 * set, in ascending order. Output per model: s64 0 and, per
 * record, the s64 logit and the float logit (0 without float weights); or, for
 * a file that is refused, s64 -1 alone. Why goes to standard error.
 */
#include <stdio.h>
#include <string.h>
#include "../nt.h"

static unsigned char blob[1 << 14];
static _Alignas(NT_ALIGN) unsigned char memory[NT_MAX_MODEL];

int main(void)
{
	struct nt_model *model = (void *)memory;
	u64 words[NT_NR_FEATURES], features[NT_NR_FEATURES] = { 0 };
	struct nt_error err;
	struct {
		u32 length;
		u32 records;
		u64 set;
	} head;

	while (fread(&head, sizeof(head), 1, stdin) == 1) {
		s64 status = 0;
		u32 i, j, k, count = __builtin_popcountll(head.set);

		if (head.length > sizeof(blob) || count > NT_NR_FEATURES ||
		    fread(blob, 1, head.length, stdin) != head.length)
			return 1;
		if (nt_prepare(blob, head.length, model, sizeof(memory), &err)) {
			fprintf(stderr, "%s at byte %u: found %llu, expected %llu\n",
				err.what, err.offset, (unsigned long long)err.found,
				(unsigned long long)err.expected);
			status = -1;
		}
		fwrite(&status, sizeof(status), 1, stdout);
		for (i = 0; i < head.records; i++) {
			float single = 0;
			s64 logit;

			if (count && fread(words, count * sizeof(u64), 1, stdin) != 1)
				return 1;
			for (j = 0, k = 0; j < NT_NR_FEATURES; j++) {
				if (head.set >> j & 1)
					features[j] = words[k++];
			}
			if (status)
				continue;
			logit = nt_logit(model, features);
			if (nt_decide(model, features) != nt_positive(model, logit)) {
				fprintf(stderr, "nt_decide() differs from the sign of %lld\n",
					(long long)logit);
				return 1;
			}
			if (nt_has_float(blob))
				nt_float_logit(blob, features, &single);
			fwrite(&logit, sizeof(logit), 1, stdout);
			fwrite(&single, sizeof(single), 1, stdout);
		}
	}
	return fflush(stdout) ? 1 : 0;
}
