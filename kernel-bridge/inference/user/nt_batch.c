// SPDX-License-Identifier: GPL-2.0-only
/*
 * Evaluate models read from standard input, for comparison with TypeScript.
 *
 * Input, repeated: u32 length of a model file, u32 number of records, the file,
 * then NT_NR_FEATURES u64 words per record. Output per model: s64 0 and, per
 * record, the s64 logit and the float logit (0 without float weights); or, for
 * a file that is refused, s64 -1 alone. Why goes to standard error.
 */
#include <stdio.h>
#include <string.h>
#include "../nt.h"

static unsigned char blob[1 << 16];
static unsigned char memory[NT_MAX_MODEL] __attribute__((aligned(NT_ALIGN)));

int main(void)
{
	struct nt_model *model = (void *)memory;
	u64 features[NT_NR_FEATURES];
	struct nt_error err;
	u32 head[2];

	while (fread(head, sizeof(head), 1, stdin) == 1) {
		s64 status = 0;
		u32 i;

		if (head[0] > sizeof(blob) || fread(blob, 1, head[0], stdin) != head[0])
			return 1;
		if (nt_prepare(blob, head[0], model, sizeof(memory), &err)) {
			fprintf(stderr, "%s at byte %u: found %llu, expected %llu\n",
				err.what, err.offset, (unsigned long long)err.found,
				(unsigned long long)err.expected);
			status = -1;
		}
		fwrite(&status, sizeof(status), 1, stdout);
		for (i = 0; i < head[1]; i++) {
			float single = 0;
			s64 logit;

			if (fread(features, sizeof(features), 1, stdin) != 1)
				return 1;
			if (status)
				continue;
			logit = nt_logit(model, features);
			if (nt_has_float(blob))
				nt_float_logit(blob, features, &single);
			fwrite(&logit, sizeof(logit), 1, stdout);
			fwrite(&single, sizeof(single), 1, stdout);
		}
	}
	return fflush(stdout) ? 1 : 0;
}
