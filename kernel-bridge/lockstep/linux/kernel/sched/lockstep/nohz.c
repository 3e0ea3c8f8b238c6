// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockstep: tickless idle. The harness plays the tick: a CPU's stops when it goes idle and starts
 * when it stops idling, and the scheduler is told at the place where tick_nohz_idle_stop_tick()
 * would tell it.
 */
#include "lockstep.h"
#include <linux/sched/nohz.h>

/* rq->sched_count when the tick of this idle CPU was stopped. */
static DEFINE_PER_CPU(unsigned int, stopped_at);
static bool tickless;

static void reset(int cpu)
{
	struct rq *rq = cpu_rq(cpu);
	struct sched_domain *sd;

	per_cpu(stopped_at, cpu) = rq->sched_count;
	atomic_set(nohz_flags(cpu), 0);
	rq->nohz_idle_balance = 0;
	rq->nohz_tick_stopped = tickless;
	rcu_read_lock();
	sd = rcu_dereference(per_cpu(sd_llc, cpu));
	if (sd)
		sd->nohz_idle = tickless;
	rcu_read_unlock();
}

/**
 * lockstep_nohz_start - at the start every tested CPU is idle, and has been for a while; at the
 * end, with @on false, none is tickless any more
 */
void lockstep_nohz_start(bool on)
{
	int cpu;

	tickless = on;
	for_each_tested_cpu(cpu)
		reset(cpu);
	/* A control CPU that goes idle would look after tickless ones, but for a kick it waits for. */
	for (cpu = 0; cpu < LOCKSTEP_CONTROLLERS; cpu++)
		atomic_set(nohz_flags(cpu), on ? NOHZ_STATS_KICK : 0);
	lockstep_nohz_reset(on);
}

/** lockstep_ticks - does the tick reach this CPU? */
bool lockstep_ticks(int cpu)
{
	return !tickless || cpu_rq(cpu)->curr != cpu_rq(cpu)->idle;
}

/**
 * lockstep_idle_halts - the idle loop is about to halt this CPU. The first time after each call of
 * schedule() it has been entered anew, and its tick stops.
 */
void lockstep_idle_halts(int cpu)
{
	unsigned int count = cpu_rq(cpu)->sched_count;

	if (!tickless || !lockstep_tested(cpu) || __this_cpu_read(stopped_at) == count)
		return;
	__this_cpu_write(stopped_at, count);
	nohz_balance_enter_idle(cpu);
}
