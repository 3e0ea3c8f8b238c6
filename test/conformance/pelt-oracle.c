/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Drives the kernel's own load tracking (kernel/sched/pelt.c, which the test takes from the Debian package
 * linux-source-6.1 and puts on the include path) with the operations read from stdin, and prints the state after each.
 *
 *   S NOW ON_RQ RUNNING     __update_load_avg_se() of a task of the weight set last
 *   B NOW                   __update_load_avg_blocked_se()
 *   Q NOW WEIGHT NR RUNNING __update_load_avg_cfs_rq() of a queue
 *   W WEIGHT                the task's weight, unscaled
 *   Z                       all averages to zero
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <stdbool.h>

typedef uint64_t u64;
typedef int64_t s64;
typedef uint32_t u32;
#define CONFIG_SMP 1
#define __always_inline inline __attribute__((always_inline))
#define __maybe_unused __attribute__((unused))
#define unlikely(x) (x)
#define READ_ONCE(x) (x)
#define WRITE_ONCE(x, v) ((x) = (v))
#define u64_u32_store(x, v) ((x) = (v))
#define smp_wmb() ((void)0)
#define lockdep_assert_rq_held(rq) ((void)(rq))
#define assert_clock_updated(rq) ((void)(rq))
#define sched_feat(x) 1
#define UTIL_AVG_UNCHANGED 0x80000000u
#define SCHED_CAPACITY_SHIFT 10
#define cap_scale(v, s) ((v) * (s) >> SCHED_CAPACITY_SHIFT)
#define arch_scale_cpu_capacity(cpu) 1024L
#define arch_scale_freq_capacity(cpu) 1024L
#define scale_load_down(w) ((w) >> 10)
#define div_u64(a, b) ((u64)(a) / (b))
#define trace_pelt_se_tp(x) ((void)(x))
#define trace_pelt_cfs_tp(x) ((void)(x))
#define trace_pelt_rt_tp(x) ((void)(x))
#define trace_pelt_dl_tp(x) ((void)(x))

static inline u64 mul_u64_u32_shr(u64 a, u32 mul, unsigned int shift)
{
	return (u64)(((unsigned __int128)a * mul) >> shift);
}

struct util_est {
	unsigned int enqueued, ewma;
};
struct sched_avg {
	u64 last_update_time, load_sum, runnable_sum;
	u32 util_sum, period_contrib;
	unsigned long load_avg, runnable_avg, util_avg;
	struct util_est util_est;
};
struct load_weight {
	unsigned long weight;
};
struct sched_entity {
	struct load_weight load;
	unsigned int on_rq;
	struct sched_avg avg;
};
struct cfs_rq {
	struct load_weight load;
	unsigned int h_nr_running;
	struct sched_entity *curr;
	struct sched_avg avg;
};
struct task;
struct rq {
	struct cfs_rq cfs;
	struct task *curr;
	u64 clock, clock_task, clock_pelt, lost_idle_time, clock_idle, clock_pelt_idle;
	struct sched_avg avg_rt, avg_dl;
};
#define is_idle_task(t) ((t) == NULL)
#define rq_clock(rq) ((rq)->clock)
#define rq_clock_task(rq) ((rq)->clock_task)
#define cpu_of(rq) 0
static struct rq the_rq;
#define rq_of(cfs) ((void)(cfs), &the_rq)
#define se_weight(se) scale_load_down((se)->load.weight)
#define se_runnable(se) (!!(se)->on_rq)

#include "pelt.h"
#include "pelt.c"

static void print(const struct sched_avg *a)
{
	printf("%llu %llu %llu %u %u %lu %lu %lu\n", (unsigned long long)a->last_update_time,
	       (unsigned long long)a->load_sum, (unsigned long long)a->runnable_sum, a->util_sum,
	       a->period_contrib, a->load_avg, a->runnable_avg, a->util_avg);
}

int main(void)
{
	static struct sched_entity se;
	static struct cfs_rq cfs;
	char op;
	unsigned long long now, a, b, c;

	while (scanf(" %c", &op) == 1) {
		switch (op) {
		case 'S':
			if (scanf("%llu %llu %llu", &now, &a, &b) != 3)
				return 1;
			se.on_rq = a;
			cfs.curr = b ? &se : NULL;
			__update_load_avg_se(now, &cfs, &se);
			print(&se.avg);
			break;
		case 'B':
			if (scanf("%llu", &now) != 1)
				return 1;
			__update_load_avg_blocked_se(now, &se);
			print(&se.avg);
			break;
		case 'Q':
			if (scanf("%llu %llu %llu %llu", &now, &a, &b, &c) != 4)
				return 1;
			cfs.load.weight = a << 10;
			cfs.h_nr_running = b;
			cfs.curr = c ? &se : NULL;
			__update_load_avg_cfs_rq(now, &cfs);
			print(&cfs.avg);
			break;
		case 'W':
			if (scanf("%llu", &a) != 1)
				return 1;
			se.load.weight = a << 10;
			break;
		case 'Z':
			memset(&se.avg, 0, sizeof(se.avg));
			memset(&cfs.avg, 0, sizeof(cfs.avg));
			break;
		default:
			return 1;
		}
	}
	return 0;
}
