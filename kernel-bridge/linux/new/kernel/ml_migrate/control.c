// SPDX-License-Identifier: GPL-2.0-only
/*
 * The folder ml_migrate in debugfs: mode (the kill switch is writing "off"),
 * arithmetic, measure, watchdog, counters, latency, models, rules, memory,
 * refusal, reset.
 */
#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "internal.h"

static const char * const mode_names[] = { "off", "shadow", "decide", "premigrate", NULL };
static const char * const arithmetic_names[] = { "fixed", "float", NULL };
static const char * const switch_names[] = { "off", "on", NULL };

/* All choices on one line, the one in force in brackets. */
static void show_choice(struct seq_file *m, const char * const *names, int chosen)
{
	int i;

	for (i = 0; names[i]; i++)
		seq_printf(m, i == chosen ? "%s[%s]" : "%s%s", i ? " " : "", names[i]);
	seq_putc(m, '\n');
}

static int read_choice(const char __user *from, size_t len, const char * const *names)
{
	char word[16];

	if (len >= sizeof(word))
		return -EINVAL;
	if (copy_from_user(word, from, len))
		return -EFAULT;
	word[len] = '\0';
	return __sysfs_match_string(names, -1, word);
}

#define ML_CHOICE(name, names, current_value, apply)				\
static int name##_show(struct seq_file *m, void *unused)			\
{										\
	show_choice(m, names, current_value);					\
	return 0;								\
}										\
static int name##_open(struct inode *inode, struct file *file)			\
{										\
	return single_open(file, name##_show, NULL);				\
}										\
static ssize_t name##_write(struct file *file, const char __user *from,	\
			    size_t len, loff_t *at)				\
{										\
	int chosen = read_choice(from, len, names);				\
										\
	if (chosen < 0)								\
		return chosen;							\
	mutex_lock(&ml_lock);							\
	apply(chosen);								\
	mutex_unlock(&ml_lock);							\
	return len;								\
}										\
static const struct file_operations name##_fops = {				\
	.open = name##_open,							\
	.read = seq_read,							\
	.write = name##_write,							\
	.llseek = seq_lseek,							\
	.release = single_release,						\
}

static void set_arithmetic(int chosen)
{
	WRITE_ONCE(ml_state.use_float, chosen == 1);
	ml_keys_update();
}

static void set_watch(int chosen)
{
	ml_watch = chosen == 1;
}

static void set_measure(int chosen)
{
	if (chosen)
		static_branch_enable(&ml_time_key);
	else
		static_branch_disable(&ml_time_key);
}

ML_CHOICE(mode, mode_names, ml_state.mode, ml_set_mode);
ML_CHOICE(arithmetic, arithmetic_names, ml_state.use_float, set_arithmetic);
ML_CHOICE(watchdog, switch_names, ml_watch, set_watch);
ML_CHOICE(measure, switch_names, static_key_enabled(&ml_time_key), set_measure);

static int counters_show(struct seq_file *m, void *unused)
{
	ml_counters_show(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

static int latency_show(struct seq_file *m, void *unused)
{
	ml_latency_show(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(latency);

static int rules_show(struct seq_file *m, void *unused)
{
	mutex_lock(&ml_lock);
	ml_rules_show(m);
	mutex_unlock(&ml_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(rules);

static void show_model(struct seq_file *m, int slot, const char *role, const struct ml_model *model)
{
	if (!model)
		return;
	seq_printf(m, "slot %d %s serial %llu file %u bytes memory %zu bytes target %u inputs %u layers %u float %s name %.16s\n",
		   slot, role, model->serial, model->blob_len, ml_model_memory(model),
		   model->net.target, model->net.nr_inputs, model->net.nr_layers,
		   model->blob ? "yes" : "no", model->net.name);
}

static int models_show(struct seq_file *m, void *unused)
{
	int slot;

	mutex_lock(&ml_lock);
	for (slot = 0; slot < ML_NR_SLOTS; slot++) {
		show_model(m, slot, "active",
			   rcu_dereference_protected(ml_state.slot[slot].active,
						     lockdep_is_held(&ml_lock)));
		show_model(m, slot, "standby", ml_state.slot[slot].standby);
	}
	mutex_unlock(&ml_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(models);

static int memory_show(struct seq_file *m, void *unused)
{
	size_t bytes = 0;
	int slot;

	mutex_lock(&ml_lock);
	for (slot = 0; slot < ML_NR_SLOTS; slot++) {
		bytes += ml_model_memory(rcu_dereference_protected(ml_state.slot[slot].active,
								   lockdep_is_held(&ml_lock)));
		bytes += ml_model_memory(ml_state.slot[slot].standby);
	}
	mutex_unlock(&ml_lock);
	seq_printf(m, "models %zu\nper_cpu %zu\n", bytes,
		   (sizeof(struct ml_cpu) + sizeof(struct ml_latency)) * num_possible_cpus());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(memory);

static int refusal_show(struct seq_file *m, void *unused)
{
	mutex_lock(&ml_lock);
	if (ml_last_refusal.why.what)
		seq_printf(m, "offset %u: %s: found %#llx, expected %#llx\n",
			   ml_last_refusal.why.offset, ml_last_refusal.why.what,
			   ml_last_refusal.why.found, ml_last_refusal.why.expected);
	if (ml_trip_reason[0])
		seq_printf(m, "watchdog: %s\n", ml_trip_reason);
	mutex_unlock(&ml_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(refusal);

static ssize_t reset_write(struct file *file, const char __user *from, size_t len, loff_t *at)
{
	mutex_lock(&ml_lock);
	ml_counters_reset();
	mutex_unlock(&ml_lock);
	return len;
}

static const struct file_operations reset_fops = {
	.write = reset_write,
	.llseek = noop_llseek,
};

static int __init ml_control_init(void)
{
	struct dentry *folder = debugfs_create_dir("ml_migrate", NULL);

	debugfs_create_file("mode", 0600, folder, NULL, &mode_fops);
	debugfs_create_file("arithmetic", 0600, folder, NULL, &arithmetic_fops);
	debugfs_create_file("watchdog", 0600, folder, NULL, &watchdog_fops);
	debugfs_create_file("measure", 0600, folder, NULL, &measure_fops);
	debugfs_create_file("counters", 0400, folder, NULL, &counters_fops);
	debugfs_create_file("latency", 0400, folder, NULL, &latency_fops);
	debugfs_create_file("models", 0400, folder, NULL, &models_fops);
	debugfs_create_file("rules", 0400, folder, NULL, &rules_fops);
	debugfs_create_file("memory", 0400, folder, NULL, &memory_fops);
	debugfs_create_file("refusal", 0400, folder, NULL, &refusal_fops);
	debugfs_create_file("reset", 0200, folder, NULL, &reset_fops);
	return 0;
}
late_initcall(ml_control_init);
