// SPDX-License-Identifier: GPL-2.0-only
/* The counters and how the hooks are switched. */
#define CREATE_TRACE_POINTS
#include <trace/events/ml_migrate.h>

#include "internal.h"

DEFINE_STATIC_KEY_FALSE(ml_hook_key);
DEFINE_STATIC_KEY_FALSE(ml_watch_key);
DEFINE_STATIC_KEY_FALSE(ml_time_key);
DEFINE_PER_CPU(struct ml_cpu, ml_cpu);
DEFINE_PER_CPU(struct ml_latency, ml_latency);

/* Taken by whoever changes models, rules or the mode; never on the decision path. */
DEFINE_MUTEX(ml_lock);

/**
 * ml_watch_get() - have every call opened and closed
 *
 * Counted: by mode shadow and by the tracepoint.
 */
void ml_watch_get(void)
{
	static_branch_inc(&ml_hook_key);
	static_branch_inc(&ml_watch_key);
}

/**
 * ml_watch_put() - give up what ml_watch_get() asked for
 */
void ml_watch_put(void)
{
	static_branch_dec(&ml_watch_key);
	static_branch_dec(&ml_hook_key);
}

/**
 * ml_trace_on() - the tracepoint gets its first user
 *
 * Return: 0.
 */
int ml_trace_on(void)
{
	ml_watch_get();
	return 0;
}

/**
 * ml_trace_off() - the tracepoint has lost its last user
 */
void ml_trace_off(void)
{
	ml_watch_put();
}

/**
 * ml_set_mode() - change who decides
 * @mode: an enum ml_state.mode
 *
 * Called with ml_lock held.
 */
void ml_set_mode(int mode)
{
	int old = ml_state.mode;

	lockdep_assert_held(&ml_lock);
	WRITE_ONCE(ml_state.mode, mode);
	if (old != ML_SHADOW && mode == ML_SHADOW)
		ml_watch_get();
	else if (old == ML_SHADOW && mode != ML_SHADOW)
		ml_watch_put();
	if (old == ML_OFF && mode != ML_OFF) {
		static_branch_inc(&ml_hook_key);
		ml_watchdog_start();
	} else if (old != ML_OFF && mode == ML_OFF) {
		static_branch_dec(&ml_hook_key);
		ml_watchdog_stop();
	}
}
