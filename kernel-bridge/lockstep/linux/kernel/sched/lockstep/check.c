// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockstep: what a dump relies on (docs/lockstep.md), looked at before each scenario. Whatever is
 * not as required would make two boots differ, or the kernel and the model, without a word of why.
 */
#include <linux/sched/isolation.h>
#include <linux/tick.h>
#include <linux/topology.h>
#include "../../rcu/rcu.h"
#include "lockstep.h"

#if HZ != 250 || defined(CONFIG_PREEMPTION) || !defined(CONFIG_SMP) || !defined(CONFIG_SCHED_DEBUG)
#error "the lockstep kernel has HZ=250 and no preemption inside the kernel"
#endif
#if !defined(CONFIG_CFS_BANDWIDTH) || defined(CONFIG_RT_GROUP_SCHED) || defined(CONFIG_SCHED_AUTOGROUP)
#error "the lockstep kernel has fair groups with bandwidth, and no others"
#endif

/* Threads of a core, and tested CPUs that share a cache, as the chip has them; 0: not told. */
static int lockstep_threads;
core_param(lockstep_threads, lockstep_threads, int, 0444);
static int lockstep_cache;
core_param(lockstep_cache, lockstep_cache, int, 0444);

/* The first one that fails is named in the dump. */
static void need(const char *what, long long found, long long wanted)
{
	if (found != wanted)
		lockstep_spoil("%s is %lld, not %lld", what, found, wanted);
}

static void need_on(const char *what, int cpu, long long found, long long wanted)
{
	if (found != wanted)
		lockstep_spoil("%s of CPU %d is %lld, not %lld", what, cpu, found, wanted);
}

static void check_feature(const char *name, bool found, bool wanted)
{
	if (found != wanted)
		lockstep_spoil("feature %s is %s", name, found ? "on" : "off");
}

/* As in features.h, but for chance. What counts is what the scheduler's code asks. */
static void check_features(void)
{
#define SCHED_FEAT(name, enabled)	\
	{ check_feature(#name, sched_feat(name), (enabled) && __SCHED_FEAT_##name != __SCHED_FEAT_NI_RANDOM); }
#include "../features.h"
#undef SCHED_FEAT
}

/* As get_update_sysctl_factor() has it, for the tested CPUs alone. */
static unsigned int factor(void)
{
	return 1 + ilog2(min_t(unsigned int, nr_cpu_ids - lockstep_control, 8));
}

#define LATENCY			(6 * NSEC_PER_MSEC * factor())
#define MIN_GRANULARITY		(750 * NSEC_PER_USEC * factor())
#define WAKEUP_GRANULARITY	(NSEC_PER_MSEC * factor())

/** lockstep_tunables_set - those that Linux has scaled by all CPUs, these that control included */
void lockstep_tunables_set(void)
{
	sysctl_sched_latency = LATENCY;
	sysctl_sched_min_granularity = MIN_GRANULARITY;
	sysctl_sched_wakeup_granularity = WAKEUP_GRANULARITY;
}

static void check_tunables(void)
{
	need("latency_ns", sysctl_sched_latency, LATENCY);
	need("min_granularity_ns", sysctl_sched_min_granularity, MIN_GRANULARITY);
	need("idle_min_granularity_ns", sysctl_sched_idle_min_granularity, 750 * NSEC_PER_USEC);
	need("wakeup_granularity_ns", sysctl_sched_wakeup_granularity, WAKEUP_GRANULARITY);
	need("migration_cost_ns", sysctl_sched_migration_cost, 500 * NSEC_PER_USEC);
	need("nr_migrate", sysctl_sched_nr_migrate, 32);
	need("child_runs_first", sysctl_sched_child_runs_first, 0);
	need("cfs_bandwidth_slice", lockstep_bandwidth_slice(), 5 * NSEC_PER_MSEC);
	need("sched_rt_period_us", sysctl_sched_rt_period, USEC_PER_SEC);
	need("sched_rt_runtime_us", sysctl_sched_rt_runtime, 950000);
	need("sched_rr_timeslice", sched_rr_timeslice, LOCKSTEP_RR_SLICE);
}

/* What the command line has asked for (harness.ts). */
static void check_machine(void)
{
	need("the stable clock", sched_clock_stable(), 1);
	need("idle=halt", boot_option_idle_override == IDLE_HALT, 1);
	need("nohz", tick_nohz_enabled, 0);
	need("rcu_normal", rcu_gp_is_normal(), 1);
	need("rcu_cpu_stall_suppress", rcu_cpu_stall_suppress, 1);
	need("online CPUs", num_online_cpus(), nr_cpu_ids);
}

static void check_cpu(int cpu)
{
	static struct cpumask tested;
	int other;

	for_each_tested_cpu(other)
		cpumask_set_cpu(other, &tested);
	need_on("isolcpus", cpu, !housekeeping_cpu(cpu, HK_TYPE_DOMAIN), 1);
	need_on("the partition", cpu, cpumask_equal(cpu_rq(cpu)->rd->span, &tested), 1);
	need_on("the capacity", cpu, arch_scale_cpu_capacity(cpu), SCHED_CAPACITY_SCALE);
	if (lockstep_threads)
		need_on("the number of threads", cpu, cpumask_weight(topology_sibling_cpumask(cpu)), lockstep_threads);
	if (lockstep_cache)
		need_on("the size of the cache", cpu, per_cpu(sd_llc_size, cpu), lockstep_cache);
}

/** lockstep_check - is everything as required? If not, the dump says what is not. */
bool lockstep_check(void)
{
	int cpu;

	check_features();
	check_tunables();
	check_machine();
	for_each_online_cpu(cpu)
		need_on("the tick handler", cpu, lockstep_has_tick(cpu), 1);
	for_each_tested_cpu(cpu)
		check_cpu(cpu);
	return !lockstep_spoiled();
}
