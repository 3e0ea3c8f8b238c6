// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threaded numerics: rounds of a matrix product and of a solution of linear
 * equations by conjugate gradients, both with OpenBLAS, sizes varying from
 * round to round. A product is a long parallel part; the gradients are many
 * short ones with serial pieces between.
 *
 *	numeric SECONDS [ROUNDS]
 *
 * Ends after SECONDS, or, if ROUNDS are given, after so many. Prints rounds and the error of the last solution.
 */
#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LARGEST		384
#define STEPS		40

static double a[LARGEST * LARGEST], b[LARGEST * LARGEST], c[LARGEST * LARGEST];
static double x[LARGEST], r[LARGEST], p[LARGEST], ap[LARGEST];

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

/* Solves b x = 1 for the leading n rows and columns; returns the residual. */
static double solve(int n)
{
	double rr, before;

	for (int i = 0; i < n; i++) {
		x[i] = 0;
		r[i] = 1;
		p[i] = 1;
	}
	rr = cblas_ddot(n, r, 1, r, 1);
	for (int step = 0; step < STEPS && rr > 1e-20; step++) {
		double alpha;

		cblas_dgemv(CblasRowMajor, CblasNoTrans, n, n, 1, b, LARGEST, p, 1, 0, ap, 1);
		alpha = rr / cblas_ddot(n, p, 1, ap, 1);
		cblas_daxpy(n, alpha, p, 1, x, 1);
		cblas_daxpy(n, -alpha, ap, 1, r, 1);
		before = rr;
		rr = cblas_ddot(n, r, 1, r, 1);
		cblas_dscal(n, rr / before, p, 1);
		cblas_daxpy(n, 1, r, 1, p, 1);
	}
	return sqrt(rr);
}

int main(int argc, char **argv)
{
	double end = now() + (argc > 1 ? atof(argv[1]) : 10), error;
	long rounds = 0, limit = argc > 2 ? atol(argv[2]) : 0;

	for (int i = 0; i < LARGEST; i++)
		for (int j = 0; j < LARGEST; j++) {
			a[i * LARGEST + j] = (i * 7919 % 1009 + j) / 1009.0;
			b[i * LARGEST + j] = 1 / (1.0 + abs(i - j)); /* symmetric */
		}
	for (int i = 0; i < LARGEST; i++)
		b[i * LARGEST + i] += 4; /* positive definite, not too easy */
	do {
		int n = 128 + rounds % 5 * 64;

		cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, LARGEST, b, LARGEST,
			    0, c, LARGEST);
		error = solve(n);
		rounds++;
	} while (limit ? rounds < limit : now() < end);
	printf("%ld rounds, residual %.1e\n", rounds, error);
	return 0;
}
