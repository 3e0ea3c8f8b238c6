// SPDX-License-Identifier: GPL-2.0-only
/*
 * Returns to CFS when a model in charge does harm. Two rules, looked at every
 * ML_PERIOD while the mode is decide or premigrate:
 *
 *  W1. Hard cases. Over ML_HARD_CASES calls in which CFS would move a task of
 *      a domain that has failed to balance more than cache_nice_tries times,
 *      the model moved fewer than one in ML_HARD_SHARE. By then CFS has given
 *      up being choosy; a model that refuses nearly all of these keeps the
 *      domain unbalanced for good, which only active balance can then mend, one
 *      task at a time. It is a failure seen in practice: published weights of
 *      an earlier predictor refuse every task that is a buddy then.
 *  W2. Work conservation. For ML_STARVED periods in a row a CPU was idle while
 *      another had tasks waiting, and in each of these periods the model had
 *      refused a move that CFS would have made. Idleness alone proves nothing
 *      (affinity does it, and CFS itself leaves such gaps for some time); the
 *      model's own refusals make it the cause.
 */
#include <linux/workqueue.h>

#include "internal.h"

#define ML_PERIOD	msecs_to_jiffies(50)
#define ML_HARD_CASES	64
#define ML_HARD_SHARE	10
#define ML_STARVED	20

bool ml_watch = true;
char ml_trip_reason[64];

static void ml_watchdog_look(struct work_struct *work);
static DECLARE_DELAYED_WORK(ml_watchdog, ml_watchdog_look);

static u64 hard_before[2], vetoed_before;
static unsigned int starved;

static void ml_count_hard(u64 *hard, u64 *vetoed)
{
	int cpu;

	hard[0] = 0;
	hard[1] = 0;
	*vetoed = 0;
	for_each_possible_cpu(cpu) {
		const struct ml_counters *count = &per_cpu_ptr(&ml_cpu, cpu)->count;

		hard[0] += READ_ONCE(count->hard[0]);
		hard[1] += READ_ONCE(count->hard[1]);
		*vetoed += READ_ONCE(count->vetoed);
	}
}

static const char *ml_watchdog_finding(void)
{
	u64 hard[2], vetoed, refused, moved;
	bool vetoes;

	ml_count_hard(hard, &vetoed);
	vetoes = vetoed > vetoed_before;
	vetoed_before = vetoed;
	if (hard[0] < hard_before[0] || hard[1] < hard_before[1]) /* reset meanwhile */
		memcpy(hard_before, hard, sizeof(hard));
	refused = hard[0] - hard_before[0];
	moved = hard[1] - hard_before[1];
	if (refused + moved >= ML_HARD_CASES) {
		memcpy(hard_before, hard, sizeof(hard));
		if (moved * ML_HARD_SHARE < refused + moved)
			return "hard cases: refuses where balancing keeps failing";
	}
	starved = vetoes && ml_fair_unbalanced() ? starved + 1 : 0;
	if (starved >= ML_STARVED)
		return "work conservation: idle CPUs beside waiting tasks";
	return NULL;
}

static void ml_watchdog_look(struct work_struct *work)
{
	const char *finding = NULL;

	mutex_lock(&ml_lock);
	if (ml_state.mode == ML_DECIDE || ml_state.mode == ML_PREMIGRATE)
		finding = ml_watchdog_finding();
	if (finding && ml_watch) {
		strscpy(ml_trip_reason, finding, sizeof(ml_trip_reason));
		ml_set_mode(ML_OFF);
	}
	if (ml_state.mode != ML_OFF)
		queue_delayed_work(system_wq, &ml_watchdog, ML_PERIOD);
	mutex_unlock(&ml_lock);
	if (finding && ml_watch)
		pr_warn("ml_migrate: back to CFS (%s)\n", finding);
}

/**
 * ml_watchdog_start() - begin to look, with a clean slate
 *
 * Called with ml_lock held.
 */
void ml_watchdog_start(void)
{
	ml_trip_reason[0] = '\0';
	starved = 0;
	ml_count_hard(hard_before, &vetoed_before);
	queue_delayed_work(system_wq, &ml_watchdog, ML_PERIOD);
}

/**
 * ml_watchdog_stop() - look no more
 *
 * Called with ml_lock held, maybe by the watchdog itself; a look that waits
 * for the lock finds the mode off and does not come again.
 */
void ml_watchdog_stop(void)
{
	cancel_delayed_work(&ml_watchdog);
}
