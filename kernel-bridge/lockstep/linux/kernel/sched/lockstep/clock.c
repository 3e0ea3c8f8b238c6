// SPDX-License-Identifier: GPL-2.0-only
/* Lockstep: sched_clock, jiffies and ticks, moved by nobody but the harness. */
#include <linux/clockchips.h>
#include <asm/paravirt.h>
#include <asm/timer.h>
#include "../../time/tick-internal.h"
#include "lockstep.h"

unsigned long lockstep_first_jiffy;

/* What sched_clock() returns while held; 0 when it runs and the control CPUs tick. */
static u64 held;
/* What the clock was when the scenario started. */
static u64 first;
/* What jiffies must be while held. */
static unsigned long held_jiffies;
/* How far the running clock is ahead of the hardware's: it must not go back after a scenario. */
static u64 ahead;
/* sched_clock_cpu() - sched_clock(), different in each boot. */
static u64 offset;

static notrace u64 lockstep_sched_clock(void)
{
	u64 now = READ_ONCE(held);

	return now ?: native_sched_clock() + READ_ONCE(ahead);
}

/*
 * In place of the handler of a CPU's periodic tick: none while the clock is held, and then none of
 * what it sets off, on any CPU: timers, jiffies, the balancing of the control CPUs.
 */
static void held_tick(struct clock_event_device *device)
{
	if (!READ_ONCE(held) && !lockstep_tested(smp_processor_id()))
		tick_handle_periodic(device);
}

static void take_tick(void *failed)
{
	struct clock_event_device *device = __this_cpu_read(tick_cpu_device.evtdev);

	if (device->event_handler != tick_handle_periodic || !clockevent_state_periodic(device)) {
		*(bool *)failed = true;
		return;
	}
	device->event_handler = held_tick;
	if (lockstep_tested(smp_processor_id()))
		clockevents_shutdown(device);
}

void __init lockstep_clock_early(void)
{
	paravirt_set_sched_clock(lockstep_sched_clock);
}

int lockstep_clock_init(void)
{
	bool failed = false;
	int cpu;

	if (!sched_clock_stable())
		return -ENODEV;
	for_each_online_cpu(cpu)
		smp_call_function_single(cpu, take_tick, &failed, 1);
	return failed ? -ENODEV : 0;
}

/** lockstep_has_tick - this CPU's tick is still ours, and that of a tested CPU stands still (K1) */
bool lockstep_has_tick(int cpu)
{
	struct clock_event_device *device = per_cpu(tick_cpu_device, cpu).evtdev;

	return device->event_handler == held_tick &&
	       clockevent_state_shutdown(device) == lockstep_tested(cpu);
}

void lockstep_clock_hold(void)
{
	WRITE_ONCE(held, lockstep_sched_clock());
	offset = sched_clock_cpu(0) - sched_clock();
	held_jiffies = jiffies;
	lockstep_first_jiffy = jiffies;
}

u64 lockstep_clock_now(void)
{
	return sched_clock_cpu(0);
}

void lockstep_clock_set(u64 now)
{
	WRITE_ONCE(held, now - offset);
}

/** lockstep_clock_start - the scenario's time counts from here */
void lockstep_clock_start(u64 now)
{
	lockstep_clock_set(now);
	first = now;
}

/** lockstep_elapsed - the scenario's time */
u64 lockstep_elapsed(void)
{
	return lockstep_clock_now() - first;
}

void lockstep_elapse_to(u64 time)
{
	lockstep_clock_set(first + time);
}

/** lockstep_since_start - a clock's value as the scenario's time; -1 for a clock that was never read */
s64 lockstep_since_start(u64 clock)
{
	return clock ? clock - first : -1;
}

void lockstep_jiffies_add(unsigned int count)
{
	held_jiffies += count;
	WRITE_ONCE(jiffies_64, jiffies_64 + count);
}

/** lockstep_jiffies_stood - nobody but the harness has moved jiffies (K1) */
bool lockstep_jiffies_stood(void)
{
	return jiffies - held_jiffies == 0;
}

void lockstep_clock_release(void)
{
	WRITE_ONCE(ahead, held - native_sched_clock());
	WRITE_ONCE(held, 0);
}
