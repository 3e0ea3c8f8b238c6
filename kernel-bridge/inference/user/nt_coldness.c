// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints nt_coldness() of each pair "DELTA COST" on standard input, one a line:
 * compared with TypeScript in the tests.
 */
#include <inttypes.h>
#include <stdio.h>

#include "../nt_coldness.h"

int main(void)
{
	int64_t delta, cost;

	while (scanf("%" SCNd64 " %" SCNd64, &delta, &cost) == 2)
		printf("%" PRId64 "\n", nt_coldness(delta, (u32)cost));
	return 0;
}
