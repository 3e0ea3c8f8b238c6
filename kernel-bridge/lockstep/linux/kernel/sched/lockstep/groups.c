// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockstep: the task groups of scenarios. They are the scheduler's own, without the cgroup file
 * system around them: what its files' handlers call is called here.
 */
#include "../../cgroup/cgroup-internal.h"
#include "lockstep.h"

static struct lockstep_group {
	/* NULL: there is none with this number. */
	struct task_group	*tg;
	int			parent;
	int			depth;
	/* What its tasks point to, as those of a cgroup do. */
	struct css_set		set;
} groups[1 + LOCKSTEP_MAX_GROUPS];

/* Groups removed by a scenario: their memory lasts until its end. */
static LIST_HEAD(removed);

/* What the operation under way has come to. */
static bool refused;

static unsigned int nr_tasks;

/* Made once: a task that has ended may point to it for long. */
static void make_set(struct css_set *set)
{
	if (set->dom_cset)
		return;
	*set = init_css_set;
	refcount_set(&set->refcount, 1);
	set->nr_tasks = 0;
	INIT_LIST_HEAD(&set->tasks);
	INIT_LIST_HEAD(&set->mg_tasks);
	INIT_LIST_HEAD(&set->dying_tasks);
	INIT_LIST_HEAD(&set->task_iters);
	INIT_LIST_HEAD(&set->threaded_csets);
	INIT_LIST_HEAD(&set->cgrp_links);
	set->dom_cset = set;
}

struct task_group *lockstep_group(unsigned int number)
{
	return number ? groups[number].tg : &root_task_group;
}

int lockstep_group_parent(unsigned int number)
{
	return groups[number].parent;
}

/** lockstep_group_number - which of our groups @tg is; 0 for the root group */
int lockstep_group_number(const struct task_group *tg)
{
	int number = LOCKSTEP_MAX_GROUPS;

	while (number && groups[number].tg != tg)
		number--;
	return number;
}

static bool lives_in(unsigned int task, const struct task_group *tg)
{
	struct task_struct *p = lockstep_task(task);

	return p && !lockstep_is_gone(p) && p->sched_task_group == tg;
}

static bool is_used(int number)
{
	unsigned int i;

	for (i = 1; i <= LOCKSTEP_MAX_GROUPS; i++)
		if (groups[i].tg && groups[i].parent == number)
			return true;
	for (i = 0; i < nr_tasks; i++)
		if (lives_in(i, groups[number].tg))
			return true;
	return false;
}

static void make(const struct lockstep_step *step)
{
	struct lockstep_group *group = &groups[step->a];
	struct task_group *parent = lockstep_group(step->b);
	struct task_group *tg = sched_create_group(parent);

	if (IS_ERR(tg)) {
		lockstep_spoil("no group: error %ld", PTR_ERR(tg));
		return;
	}
	group->tg = tg;
	group->parent = step->b;
	group->depth = groups[step->b].depth + 1;
	make_set(&group->set);
	group->set.subsys[cpu_cgrp_id] = &tg->css;
	sched_online_group(tg, parent);
}

/* Between these two the cgroup core lets a grace period pass; here nobody is left who could look at the group. */
static void unmake(struct task_group *tg)
{
	sched_release_group(tg);
	unregister_fair_sched_group(tg);
	list_add(&tg->list, &removed);
}

static void remove(const struct lockstep_step *step)
{
	unmake(groups[step->a].tg);
	groups[step->a].tg = NULL;
	lockstep_dump_forget_group(step->a);
}

/* The handler of one of the files of the controller, in a cgroup's folder. */
static const struct cftype *file(const struct cftype *files, const char *name)
{
	while (files->name[0] && strcmp(files->name, name))
		files++;
	return files;
}

static void write_file(const struct lockstep_step *step)
{
	struct cgroup_subsys_state *css = &groups[step->a].tg->css;
	const struct cftype *legacy = cpu_cgrp_subsys.legacy_cftypes;
	const struct cftype *its;
	int error = -ENOENT;

	if (!strcmp(step->op, "weight"))
		its = file(cpu_cgrp_subsys.dfl_cftypes, "weight");
	else if (!strcmp(step->op, "gidle"))
		its = file(cpu_cgrp_subsys.dfl_cftypes, "idle");
	else if (!strcmp(step->op, "quota"))
		its = file(legacy, "cfs_quota_us");
	else if (!strcmp(step->op, "period"))
		its = file(legacy, "cfs_period_us");
	else
		its = file(legacy, "cfs_burst_us");
	if (its->write_s64)
		error = its->write_s64(css, (struct cftype *)its, step->b);
	else if (its->write_u64)
		error = its->write_u64(css, (struct cftype *)its, step->b);
	if (error == -ENOENT)
		lockstep_spoil("the controller has no file for %s", step->op);
	refused = error;
}

/* As cgroup_attach_task(), for one that is in its place already as far as other controllers go. */
static void attach(const struct lockstep_step *step)
{
	struct css_set *to = step->b ? &groups[step->b].set : &init_css_set;
	struct task_struct *p = lockstep_task(step->a);
	struct css_set *from = task_css_set_check(p, true);

	get_css_set(to);
	spin_lock_irq(&css_set_lock);
	list_move_tail(&p->cg_list, &to->tasks);
	from->nr_tasks--;
	to->nr_tasks++;
	rcu_assign_pointer(p->cgroups, to);
	spin_unlock_irq(&css_set_lock);
	put_css_set(from);
	sched_move_task(p);
}

static bool act(void (*function)(const struct lockstep_step *step), const struct lockstep_step *step, bool *nothing)
{
	refused = false;
	if (!lockstep_act(function, step))
		return false;
	*nothing = refused;
	return true;
}

bool lockstep_is_group_operation(const char *op)
{
	static const char *const operations[] = {
		"mkgroup", "rmgroup", "weight", "gidle", "quota", "period", "burst", "attach"
	};

	return match_string(operations, ARRAY_SIZE(operations), op) >= 0;
}

static bool attach_step(const struct lockstep_step *step, bool *nothing)
{
	struct task_struct *p = lockstep_task(step->a);
	struct task_group *to = lockstep_group(step->b);

	*nothing = !p || lockstep_is_gone(p) || !to || p->sched_task_group == to;
	return *nothing || act(attach, step, nothing);
}

static bool make_step(const struct lockstep_step *step, bool *nothing)
{
	*nothing = groups[step->a].tg || !lockstep_group(step->b) || groups[step->b].depth == LOCKSTEP_MAX_DEPTH;
	return *nothing || act(make, step, nothing);
}

/** lockstep_group_step - performs a step to rest; false when something broke */
bool lockstep_group_step(const struct lockstep_step *step, bool *nothing)
{
	if (!strcmp(step->op, "attach"))
		return attach_step(step, nothing);
	if (!strcmp(step->op, "mkgroup"))
		return make_step(step, nothing);
	*nothing = !groups[step->a].tg;
	if (*nothing)
		return true;
	if (strcmp(step->op, "rmgroup"))
		return act(write_file, step, nothing);
	*nothing = is_used(step->a);
	return *nothing || act(remove, step, nothing);
}

/** lockstep_groups_begin - a scenario starts in which there are tasks of these numbers */
void lockstep_groups_begin(unsigned int tasks)
{
	nr_tasks = tasks;
}

/** lockstep_groups_leave - after a scenario: no group throttles any more, and all tasks go to the root group */
bool lockstep_groups_leave(void)
{
	struct lockstep_step attach_root = { .op = "attach" };
	struct lockstep_step no_quota = { .op = "quota", .b = -1 };
	bool nothing;

	for (no_quota.a = 1; no_quota.a <= LOCKSTEP_MAX_GROUPS; no_quota.a++)
		if (!lockstep_group_step(&no_quota, &nothing))
			return false;
	for (; attach_root.a < nr_tasks; attach_root.a++)
		if (!lockstep_group_step(&attach_root, &nothing))
			return false;
	return true;
}

/** lockstep_groups_free - no task of the scenario's is in a group any more, and its clock runs. May sleep. */
void lockstep_groups_free(void)
{
	struct task_group *tg, *next;
	int depth, i;

	for (depth = LOCKSTEP_MAX_DEPTH; depth; depth--)
		for (i = 1; i <= LOCKSTEP_MAX_GROUPS; i++)
			if (groups[i].tg && groups[i].depth == depth) {
				unmake(groups[i].tg);
				groups[i].tg = NULL;
			}
	if (list_empty(&removed))
		return;
	synchronize_rcu();
	list_for_each_entry_safe(tg, next, &removed, list) {
		list_del(&tg->list);
		free_fair_sched_group(tg);
		kfree(tg);	/* sched_free_group() is private */
	}
}
