// SPDX-License-Identifier: GPL-2.0-only
/* The system call through which models and rules come into the kernel. */
#include <linux/capability.h>
#include <linux/slab.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <uapi/linux/ml_migrate.h>

#include "internal.h"

static int ml_do_install(unsigned int slot, void __user *from, size_t len)
{
	void *blob;
	int err;

	if (!len)
		return -EINVAL;
	if (len > NT_MAX_FILE)
		return -E2BIG;
	blob = memdup_user(from, len);
	if (IS_ERR(blob))
		return PTR_ERR(blob);
	mutex_lock(&ml_lock);
	err = ml_install(slot, blob, len);
	mutex_unlock(&ml_lock);
	kfree(blob);
	return err;
}

static int ml_do_rule(unsigned int op, unsigned int slot, void __user *from, size_t len)
{
	struct ml_rule_request given;
	struct ml_rule rule = { .slot = slot };
	int err;

	if (len != sizeof(given))
		return -EINVAL;
	if (copy_from_user(&given, from, sizeof(given)))
		return -EFAULT;
	if (given.kind > ML_MATCH_CGROUP || given.reserved)
		return -EINVAL;
	rule.kind = given.kind;
	if (given.kind == ML_MATCH_CGROUP) {
		rule.cgroup = given.cgroup;
	} else {
		if (!given.pattern[0] || strnlen(given.pattern, ML_PATTERN_LEN) == ML_PATTERN_LEN)
			return -EINVAL;
		strscpy_pad(rule.pattern, given.pattern, ML_PATTERN_LEN);
	}
	mutex_lock(&ml_lock);
	err = op == ML_OP_RULE_ADD ? ml_rule_add(&rule) : ml_rule_delete(&rule);
	mutex_unlock(&ml_lock);
	return err;
}

/**
 * sys_ml_migrate() - install, roll back or remove a model; change the rules
 * @op: an ML_OP_ number
 * @slot: 0 for all tasks, 1 and up for tasks that a rule sends there
 * @argument: model file for ML_OP_INSTALL, struct ml_rule_request for rules
 * @len: its length in bytes
 *
 * Return: 0; -EPERM without CAP_SYS_ADMIN; -EINVAL for an unknown operation,
 * slot or a file that is not right (debugfs says which field); -E2BIG for more
 * than 4096 bytes; -ENOENT, -ENOSPC, -EFAULT, -ENOMEM.
 */
SYSCALL_DEFINE4(ml_migrate, unsigned int, op, unsigned int, slot,
		void __user *, argument, size_t, len)
{
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (slot >= ML_NR_SLOTS)
		return -EINVAL;
	switch (op) {
	case ML_OP_INSTALL:
		return ml_do_install(slot, argument, len);
	case ML_OP_RULE_ADD:
	case ML_OP_RULE_DELETE:
		return ml_do_rule(op, slot, argument, len);
	case ML_OP_ROLLBACK:
	case ML_OP_REMOVE:
		mutex_lock(&ml_lock);
		err = op == ML_OP_ROLLBACK ? ml_rollback(slot) : ml_remove(slot);
		mutex_unlock(&ml_lock);
		return err;
	}
	return -EINVAL;
}
