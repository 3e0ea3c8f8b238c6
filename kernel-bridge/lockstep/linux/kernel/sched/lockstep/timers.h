/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lockstep: included before everything else in fair.c and in the file with rt.c. The timers of their
 * bandwidth control are kept by the harness (timers.c), as the hardware's clock drives the others.
 */
#ifndef _KERNEL_SCHED_LOCKSTEP_TIMERS_H
#define _KERNEL_SCHED_LOCKSTEP_TIMERS_H

#include <linux/hrtimer.h>
#include <linux/printk.h>

u64 lockstep_timer_forward_now(struct hrtimer *timer, ktime_t interval);
void lockstep_timer_start(struct hrtimer *timer, ktime_t time, enum hrtimer_mode mode);
void lockstep_timer_start_expires(struct hrtimer *timer, enum hrtimer_mode mode);
ktime_t lockstep_timer_remaining(struct hrtimer *timer);
int lockstep_timer_running(struct hrtimer *timer);
int lockstep_timer_cancel(struct hrtimer *timer);

#ifndef LOCKSTEP_TIMERS_KEEPER
#define hrtimer_forward_now		lockstep_timer_forward_now
#define hrtimer_start			lockstep_timer_start
#define hrtimer_start_expires		lockstep_timer_start_expires
#define hrtimer_expires_remaining	lockstep_timer_remaining
#define hrtimer_callback_running	lockstep_timer_running
#define hrtimer_cancel			lockstep_timer_cancel

/* That real-time tasks are throttled is no news here, and printing it wakes whoever reads the log. */
#undef printk_deferred_once
#define printk_deferred_once(format, ...)	no_printk(format, ##__VA_ARGS__)
#endif

#endif
