// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threaded numerics: rounds of a matrix product and a solution of linear
 * equations with OpenBLAS, sizes varying from round to round, each followed by
 * a serial pass over the result. OPENBLAS_NUM_THREADS sets the threads.
 *
 *	numeric SECONDS
 */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LARGEST	384

static double a[LARGEST * LARGEST], b[LARGEST * LARGEST], c[LARGEST * LARGEST];

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

int main(int argc, char **argv)
{
	double end = now() + (argc > 1 ? atof(argv[1]) : 10), sum = 0;
	long rounds = 0;

	for (int i = 0; i < LARGEST * LARGEST; i++) {
		a[i] = (i * 7919 % 1009) / 1009.0;
		b[i] = (i * 31 % 1013) / 1013.0;
	}
	for (int i = 0; i < LARGEST; i++)
		b[i * LARGEST + i] += LARGEST; /* well conditioned */
	do {
		int n = 128 + rounds % 5 * 64;

		cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, LARGEST, b, LARGEST,
			    0, c, LARGEST);
		cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, n, n, 1, b,
			    LARGEST, c, LARGEST);
		for (int i = 0; i < n; i++)
			sum += c[i * LARGEST + i];
		rounds++;
	} while (now() < end);
	printf("%ld rounds, %g\n", rounds, sum);
	return 0;
}
