// SPDX-License-Identifier: GPL-2.0-only
/* The match table: which slot's model a task gets. */
#include <linux/cgroup.h>
#include <linux/glob.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "internal.h"

static bool ml_in_cgroup(struct task_struct *p, u64 id)
{
	struct cgroup *cgroup = task_dfl_cgroup(p);
	int level;

	for (level = cgroup->level; level >= 0; level--)
		if (cgroup_id(cgroup->ancestors[level]) == id)
			return true;
	return false;
}

static bool ml_rule_matches(const struct ml_rule *rule, struct task_struct *p)
{
	if (rule->kind == ML_MATCH_COMM)
		return glob_match(rule->pattern, p->comm);
	return ml_in_cgroup(p, rule->cgroup);
}

/**
 * ml_model_by_rule() - ml_model_of() when there are rules
 * @rules: the match table
 * @p: the task
 *
 * Return: the model, NULL if there is none.
 */
const struct ml_model *ml_model_by_rule(const struct ml_rules *rules, struct task_struct *p)
{
	const struct ml_model *model;
	unsigned int i;

	for (i = 0; i < rules->nr; i++) {
		if (!ml_rule_matches(&rules->rule[i], p))
			continue;
		model = rcu_dereference_sched(ml_state.slot[rules->rule[i].slot].active);
		if (model)
			return model;
	}
	return rcu_dereference_sched(ml_state.slot[0].active);
}

static bool ml_rule_equal(const struct ml_rule *a, const struct ml_rule *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == ML_MATCH_CGROUP)
		return a->cgroup == b->cgroup;
	return !strcmp(a->pattern, b->pattern);
}

/* Publishes the old table without @without and, if given, with @with at its end. */
static int ml_rules_replace(const struct ml_rule *without, const struct ml_rule *with)
{
	struct ml_rules *old, *new;
	bool found = false;
	u32 i;

	lockdep_assert_held(&ml_lock);
	old = rcu_dereference_protected(ml_state.rules, lockdep_is_held(&ml_lock));
	new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	if (!new)
		return -ENOMEM;
	for (i = 0; old && i < old->nr; i++) {
		if (ml_rule_equal(&old->rule[i], without)) {
			found = true;
			continue;
		}
		new->rule[new->nr++] = old->rule[i];
	}
	if ((!with && !found) || (with && new->nr == ML_NR_RULES)) {
		kfree(new);
		return with ? -ENOSPC : -ENOENT;
	}
	if (with)
		new->rule[new->nr++] = *with;
	if (!new->nr) {
		kfree(new);
		new = NULL;
	}
	rcu_assign_pointer(ml_state.rules, new);
	ml_keys_update();
	if (old)
		kfree_rcu(old, rcu);
	return 0;
}

/**
 * ml_rule_add() - append a rule, or give an equal one its new slot
 * @rule: a rule whose fields have been checked
 *
 * Called with ml_lock held. Return: 0, -ENOSPC, -ENOMEM.
 */
int ml_rule_add(const struct ml_rule *rule)
{
	return ml_rules_replace(rule, rule);
}

/**
 * ml_rule_delete() - take a rule out
 * @rule: a rule; its slot does not matter
 *
 * Called with ml_lock held. Return: 0, -ENOENT, -ENOMEM.
 */
int ml_rule_delete(const struct ml_rule *rule)
{
	return ml_rules_replace(rule, NULL);
}

/**
 * ml_rules_show() - list the rules in the order they are tried
 * @m: where to
 */
void ml_rules_show(struct seq_file *m)
{
	const struct ml_rules *rules;
	u32 i;

	lockdep_assert_held(&ml_lock);
	rules = rcu_dereference_protected(ml_state.rules, lockdep_is_held(&ml_lock));
	for (i = 0; rules && i < rules->nr; i++) {
		const struct ml_rule *rule = &rules->rule[i];

		if (rule->kind == ML_MATCH_COMM)
			seq_printf(m, "comm %s slot %u\n", rule->pattern, rule->slot);
		else
			seq_printf(m, "cgroup %llu slot %u\n", rule->cgroup, rule->slot);
	}
}
