// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockstep: two files in debugfs, lockstep/scenario to write a scenario into and lockstep/dump,
 * which runs it when it is opened.
 */
#include <linux/debugfs.h>
#include <linux/moduleparam.h>
#include <linux/vmalloc.h>
#include "lockstep.h"

#define SCENARIO_SIZE	(32UL << 20)

int lockstep_control = LOCKSTEP_CONTROLLERS;
core_param(lockstep_control, lockstep_control, int, 0444);

static DEFINE_MUTEX(lock);
static char *scenario;
static size_t scenario_length;
static int early_error;

/*
 * The tested CPUs become a partition of their own; isolcpus= has kept all other tasks away from
 * them since the boot.
 */
static int partition(void)
{
	cpumask_var_t *domains = alloc_sched_domains(2);
	int cpu;

	if (!domains)
		return -ENOMEM;
	cpumask_clear(domains[0]);
	cpumask_clear(domains[1]);
	for (cpu = 0; cpu < LOCKSTEP_CONTROLLERS; cpu++)
		cpumask_set_cpu(cpu, domains[0]);
	for_each_tested_cpu(cpu)
		cpumask_set_cpu(cpu, domains[1]);
	cpus_read_lock();
	partition_sched_domains(2, domains, NULL);
	cpus_read_unlock();
	return 0;
}

/* Why nothing can be run; empty when all is prepared. */
static char unprepared[80];

static bool refuse(const char *what, int error)
{
	if (error)
		scnprintf(unprepared, sizeof(unprepared), "%s: error %d", what, error);
	return error;
}

static bool wrong_machine(void)
{
	return lockstep_control < LOCKSTEP_CONTROLLERS || nr_cpu_ids <= lockstep_control ||
	       nr_cpu_ids > LOCKSTEP_MAX_CPUS || num_online_cpus() != nr_cpu_ids;
}

/* The first call decides for the whole boot. */
static bool prepare(void)
{
	static bool tried;

	if (tried)
		return !unprepared[0];
	tried = true;
	if (refuse("the number of CPUs", wrong_machine() ? -ENODEV : 0) ||
	    refuse("the start of the boot", early_error) ||
	    refuse("the partition of the CPUs", partition()) ||
	    refuse("the clock", lockstep_clock_init()) ||
	    refuse("the threads on CPU 1", lockstep_actors_init()))
		return false;
	lockstep_tunables_set();
	lockstep_rest_init();
	return true;
}

static int scenario_open(struct inode *inode, struct file *file)
{
	mutex_lock(&lock);
	if (!scenario)
		scenario = vzalloc(SCENARIO_SIZE);
	scenario_length = 0;
	mutex_unlock(&lock);
	return scenario ? 0 : -ENOMEM;
}

static ssize_t scenario_write(struct file *file, const char __user *from, size_t count, loff_t *position)
{
	ssize_t written;

	mutex_lock(&lock);
	written = simple_write_to_buffer(scenario, SCENARIO_SIZE - 1, position, from, count);
	if (written > 0)
		scenario_length = *position;
	mutex_unlock(&lock);
	return written ?: -EFBIG;
}

static int dump_open(struct inode *inode, struct file *file)
{
	mutex_lock(&lock);
	if (!scenario) {
		mutex_unlock(&lock);
		return -ENODATA;
	}
	scenario[scenario_length] = 0;
	if (!prepare() || refuse("the conductor's CPU", set_cpus_allowed_ptr(current, cpumask_of(0))))
		lockstep_dump_failure(unprepared);
	else
		lockstep_scenario_run(scenario);
	mutex_unlock(&lock);
	return 0;
}

static ssize_t dump_read(struct file *file, char __user *to, size_t count, loff_t *position)
{
	size_t length;
	char *text = lockstep_dump_text(&length);

	return simple_read_from_buffer(to, count, position, text, length);
}

static const struct file_operations scenario_operations = {
	.open	= scenario_open,
	.write	= scenario_write,
};

static const struct file_operations dump_operations = {
	.open	= dump_open,
	.read	= dump_read,
};

static int __init lockstep_init(void)
{
	struct dentry *folder = debugfs_create_dir("lockstep", NULL);

	debugfs_create_file("scenario", 0200, folder, NULL, &scenario_operations);
	debugfs_create_file("dump", 0400, folder, NULL, &dump_operations);
	return 0;
}
late_initcall(lockstep_init);

/*
 * NI_RANDOM off, as by debugfs (sched_feat_disable()): the bit is what is shown, the key what is
 * asked (CONFIG_JUMP_LABEL). May sleep.
 */
static void __init no_chance(void)
{
	sysctl_sched_features &= ~BIT(__SCHED_FEAT_NI_RANDOM);
#ifdef CONFIG_JUMP_LABEL
	static_key_disable(&sched_feat_keys[__SCHED_FEAT_NI_RANDOM]);
#endif
}

/*
 * As with the first quota of a boot: the scheduler asks for quotas from here on. May sleep.
 */
static void __init with_bandwidth(void)
{
	cpus_read_lock();
	cfs_bandwidth_usage_inc();
	cpus_read_unlock();
}

/*
 * What patches the kernel's text is done while there is but one CPU: QEMU's translator has been seen
 * to run into a half-patched sched_clock(), over and over, when others run.
 */
static int __init lockstep_early_init(void)
{
	lockstep_clock_early();
	no_chance();
	with_bandwidth();
	early_error = lockstep_rest_early();
	return early_error;
}
early_initcall(lockstep_early_init);
