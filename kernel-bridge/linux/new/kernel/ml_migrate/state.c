// SPDX-License-Identifier: GPL-2.0-only
/* The counters and how the hooks are switched. */
#define CREATE_TRACE_POINTS
#include <trace/events/ml_migrate.h>

#include "internal.h"

DEFINE_STATIC_KEY_FALSE(ml_hook_key);
DEFINE_STATIC_KEY_FALSE(ml_watch_key);
DEFINE_STATIC_KEY_FALSE(ml_cold_key);
DEFINE_STATIC_KEY_FALSE(ml_count_key);
DEFINE_STATIC_KEY_FALSE(ml_time_key);
DEFINE_PER_CPU(struct ml_cpu, ml_cpu);
DEFINE_PER_CPU(struct ml_latency, ml_latency);

/* Taken by whoever changes models, rules or the mode; never on the decision path. */
DEFINE_MUTEX(ml_lock);

/* Counted: by the tracepoint and by ml_keys_update(). */
static void ml_watch_get(void)
{
	static_branch_inc(&ml_hook_key);
	static_branch_inc(&ml_watch_key);
}

static void ml_watch_put(void)
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

static void ml_key_set(struct static_key_false *key, bool on)
{
	if (on)
		static_branch_enable(key);
	else
		static_branch_disable(key);
}

/**
 * ml_keys_update() - switch the ways through the hooks to what is in force
 *
 * To be called after any change of the mode, the arithmetic, the rules or slot
 * 0's model, with ml_lock held.
 */
void ml_keys_update(void)
{
	static bool watched;
	struct ml_model *model;
	bool rules, watch;
	int mode = ml_state.mode;
	u8 asks;

	lockdep_assert_held(&ml_lock);
	rules = rcu_access_pointer(ml_state.rules);
	watch = mode == ML_SHADOW || (mode != ML_OFF && (ml_state.use_float || rules));
	if (watch != watched) {
		if (watch)
			ml_watch_get();
		else
			ml_watch_put();
		watched = watch;
	}
	model = rcu_dereference_protected(ml_state.slot[0].active, lockdep_is_held(&ml_lock));
	asks = model ? model->asks[mode] : 0;
	rcu_assign_pointer(ml_state.cold, asks & ML_ASKS(1) ? model : NULL);
	ml_key_set(&ml_cold_key, asks & ML_ASKS(1));
	ml_key_set(&ml_count_key, asks & ML_COUNTS);
}

/**
 * ml_set_mode() - change who decides
 * @mode: an enum ml_mode
 *
 * Called with ml_lock held.
 */
void ml_set_mode(int mode)
{
	int old = ml_state.mode;

	lockdep_assert_held(&ml_lock);
	WRITE_ONCE(ml_state.mode, mode);
	ml_keys_update();
	if (old == ML_OFF && mode != ML_OFF) {
		static_branch_inc(&ml_hook_key);
		ml_watchdog_start();
	} else if (old != ML_OFF && mode == ML_OFF) {
		static_branch_dec(&ml_hook_key);
		ml_watchdog_stop();
	}
}
