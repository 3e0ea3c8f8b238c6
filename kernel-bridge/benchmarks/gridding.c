// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gridding by convolution, the kernel of radio-interferometric imaging: every
 * visibility (a point in the u-v plane with a complex value) is spread over a
 * small patch of a regular grid with a w-dependent convolution function. Threads
 * own bands of the grid, so the work is uneven, as the real one is.
 *
 *	gridding SECONDS [THREADS [INTEGRATIONS]]
 *
 * Visibilities come as an interferometer delivers them, an integration at a
 * time: threads meet after each, and wait for the one with the most work.
 * Ends after SECONDS and COUNT visibilities, or, if INTEGRATIONS are given, after
 * so many. Prints visibilities gridded and a checksum of the first COUNT of them, which
 * depends on nothing but the program.
 */
#include <complex.h>
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define GRID	1024		/* cells a side */
#define SUPPORT	7		/* half width of the convolution function, cells */
#define WIDTH	(2 * SUPPORT + 1)
#define PLANES	16		/* w planes */
#define INTEGRATION	2520	/* visibilities: 36 antennas have 630 baselines, 4 channels */
#define COUNT	(16 * INTEGRATION)

static float complex grid[GRID][GRID];
static float complex kernel[PLANES][WIDTH][WIDTH];
static struct { float u, v; int plane; float complex value; } visibility[COUNT];

static uint32_t state = 20240601;

static float uniform(void)
{
	state = state * 1664525u + 1013904223u;
	return (state >> 8) / 16777216.0f;
}

static void prepare(void)
{
	for (int p = 0; p < PLANES; p++)
		for (int i = 0; i < WIDTH; i++)
			for (int j = 0; j < WIDTH; j++) {
				float r2 = (i - SUPPORT) * (i - SUPPORT) + (j - SUPPORT) * (j - SUPPORT);

				kernel[p][i][j] = 1 / (1 + r2) * (1 + I * p * r2 / 100);
			}
	for (int n = 0; n < COUNT; n++) {
		float spread = 0.45f * uniform() * uniform(); /* dense in the middle */

		visibility[n].u = GRID * (0.5f + spread * (uniform() - 0.5f));
		visibility[n].v = GRID * (0.5f + spread * (uniform() - 0.5f));
		visibility[n].plane = (int)(uniform() * PLANES);
		visibility[n].value = uniform() + I * uniform();
	}
}

/* Each thread grids what falls into its rows: no two write the same cell. */
static void grid_integration(int first)
{
#pragma omp parallel
	{
		int parts = omp_get_num_threads(), part = omp_get_thread_num();
		int from = GRID * part / parts, to = GRID * (part + 1) / parts;

		for (int n = first; n < first + INTEGRATION; n++) {
			int u = (int)visibility[n].u - SUPPORT, v = (int)visibility[n].v - SUPPORT;
			float complex (*k)[WIDTH] = kernel[visibility[n].plane];

			for (int i = 0; i < WIDTH; i++) {
				if (v + i < from || v + i >= to)
					continue;
				for (int j = 0; j < WIDTH; j++)
					grid[v + i][u + j] += visibility[n].value * k[i][j];
			}
		}
	}
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 10, end;
	double sum = 0;
	long done = 0, limit = argc > 3 ? atol(argv[3]) * INTEGRATION : 0;

	if (argc > 2)
		omp_set_num_threads(atoi(argv[2]));
	prepare();
	end = now() + seconds;
	do {
		grid_integration(done % COUNT);
		done += INTEGRATION;
		if (done != COUNT)
			continue;
		for (int i = 0; i < GRID; i++)
			for (int j = 0; j < GRID; j++)
				sum += crealf(grid[i][j]);
	} while (limit ? done < limit : now() < end || done < COUNT);
	printf("%ld visibilities, checksum %.3f\n", done, sum);
	return 0;
}
