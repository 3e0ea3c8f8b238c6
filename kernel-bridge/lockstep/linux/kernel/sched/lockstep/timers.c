// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockstep: the timers of CFS bandwidth (periods, slack) and of real-time bandwidth. While a
 * scenario is under way they expire by its clock, which starts at 0 and has a resolution of 1 ns, and
 * interrupt the CPU that has armed them.
 */
#define LOCKSTEP_TIMERS_KEEPER
#include "timers.h"
#include "lockstep.h"
#include <linux/sched/nohz.h>

/* Two for each group, one for real-time bandwidth. */
#define TIMERS		(2 * LOCKSTEP_MAX_GROUPS + 1)
/* A hostile scenario may let periods of a millisecond pass for weeks (sim/lockstep/scenario.ts). */
#define MAX_EXPIRIES	1000000

/* Those armed, in the order in which they have been. */
static struct {
	struct hrtimer	*timer;
	int		cpu;
} armed[TIMERS];
static unsigned int nr_armed;
static DEFINE_RAW_SPINLOCK(lock);

static bool active, tickless;
static struct hrtimer *running;
static unsigned int expiries;

static ktime_t now(void)
{
	return ns_to_ktime(lockstep_elapsed());
}

static bool disarm(struct hrtimer *timer)
{
	unsigned int i;

	for (i = 0; i < nr_armed && armed[i].timer != timer; i++)
		;
	if (i == nr_armed)
		return false;
	for (nr_armed--; i < nr_armed; i++)
		armed[i] = armed[i + 1];
	return true;
}

/* Where a timer's interrupt arrives that is armed here: from outside, on the first tested CPU. */
static int target(bool pinned)
{
	int cpu = smp_processor_id();

	if (!lockstep_tested(cpu))
		return lockstep_control;
	return pinned || !tickless ? cpu : get_nohz_timer_target();
}

static void arm(struct hrtimer *timer, int cpu)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	disarm(timer);
	if (nr_armed < TIMERS) {
		armed[nr_armed].timer = timer;
		armed[nr_armed++].cpu = cpu;
	} else {
		lockstep_spoil("too many timers are armed");
	}
	raw_spin_unlock_irqrestore(&lock, flags);
}

/* As hrtimer_forward() with a resolution of 1 ns; that of this kernel, without highres, is a tick. */
u64 lockstep_timer_forward_now(struct hrtimer *timer, ktime_t interval)
{
	u64 count = 1;
	ktime_t late;

	if (!active)
		return hrtimer_forward(timer, hrtimer_cb_get_time(timer), interval);
	late = ktime_sub(now(), hrtimer_get_expires(timer));
	if (late < 0)
		return 0;
	interval = max_t(ktime_t, interval, 1);
	if (late >= interval) {
		count = ktime_divns(late, interval);
		hrtimer_add_expires_ns(timer, interval * count);
		if (hrtimer_get_expires(timer) > now())
			return count;
		count++;
	}
	hrtimer_add_expires(timer, interval);
	return count;
}

void lockstep_timer_start(struct hrtimer *timer, ktime_t time, enum hrtimer_mode mode)
{
	if (!active) {
		hrtimer_start(timer, time, mode);
		return;
	}
	if (mode & HRTIMER_MODE_REL)
		time = ktime_add(now(), time);
	hrtimer_set_expires(timer, time);
	arm(timer, target(mode & HRTIMER_MODE_PINNED));
}

void lockstep_timer_start_expires(struct hrtimer *timer, enum hrtimer_mode mode)
{
	if (active)
		arm(timer, target(mode & HRTIMER_MODE_PINNED));
	else
		hrtimer_start_expires(timer, mode);
}

ktime_t lockstep_timer_remaining(struct hrtimer *timer)
{
	return active ? ktime_sub(hrtimer_get_expires(timer), now()) : hrtimer_expires_remaining(timer);
}

int lockstep_timer_running(struct hrtimer *timer)
{
	return active ? running == timer : hrtimer_callback_running(timer);
}

int lockstep_timer_cancel(struct hrtimer *timer)
{
	unsigned long flags;
	bool was_armed;

	if (!active)
		return hrtimer_cancel(timer);
	raw_spin_lock_irqsave(&lock, flags);
	was_armed = disarm(timer);
	raw_spin_unlock_irqrestore(&lock, flags);
	return was_armed;
}

/*
 * The period of real-time bandwidth is no group's, and may be under way on the CPUs that control. It
 * starts afresh, here and after the scenario.
 */
static void reset_realtime(void)
{
	hrtimer_cancel(&def_rt_bandwidth.rt_period_timer);
	hrtimer_set_expires(&def_rt_bandwidth.rt_period_timer, 0);
	def_rt_bandwidth.rt_period_active = 0;
}

/** lockstep_timers_start - from here on, until lockstep_timers_end(), timers expire by the scenario's clock */
void lockstep_timers_start(bool nohz)
{
	reset_realtime();
	nr_armed = 0;
	expiries = 0;
	tickless = nohz;
	WRITE_ONCE(active, true);
}

void lockstep_timers_end(void)
{
	WRITE_ONCE(active, false);
	reset_realtime();
}

/* In an interrupt, as hrtimer_interrupt() does it. */
static void expire(void *info)
{
	struct hrtimer *timer = info;

	running = timer;
	if (timer->function(timer) == HRTIMER_RESTART)
		arm(timer, smp_processor_id());
	running = NULL;
}

/* The one that expires first and, of several, has been armed first; -1 where none does until @time. */
static int first(u64 time)
{
	int i, best = -1;

	for (i = 0; i < nr_armed; i++)
		if (hrtimer_get_expires(armed[i].timer) <= time &&
		    (best < 0 || hrtimer_get_expires(armed[i].timer) < hrtimer_get_expires(armed[best].timer)))
			best = i;
	return best;
}

/** lockstep_timers_run - those that expire until @time do, each at its own; false when something broke */
bool lockstep_timers_run(u64 time)
{
	int i;

	while ((i = first(time)) >= 0) {
		struct hrtimer *timer = armed[i].timer;
		int cpu = armed[i].cpu;

		if (++expiries > MAX_EXPIRIES) {
			lockstep_spoil("more than %d timers expire", MAX_EXPIRIES);
			return false;
		}
		disarm(timer);
		lockstep_elapse_to(max_t(u64, hrtimer_get_expires(timer), lockstep_elapsed()));
		if (!lockstep_run_on(cpu, expire, timer))
			return false;
	}
	return true;
}

/** lockstep_timer_expiry - when it expires, and on which CPU; -1 where it is not armed */
s64 lockstep_timer_expiry(const struct hrtimer *timer, int *cpu)
{
	unsigned int i;

	for (i = 0; i < nr_armed; i++)
		if (armed[i].timer == timer) {
			*cpu = armed[i].cpu - lockstep_control;
			return hrtimer_get_expires(timer);
		}
	*cpu = -1;
	return -1;
}
