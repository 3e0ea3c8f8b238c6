/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* Operations of the system call ml_migrate. */
#ifndef _UAPI_LINUX_ML_MIGRATE_H
#define _UAPI_LINUX_ML_MIGRATE_H

#include <linux/types.h>

/*
 * Far above the numbers in use: a program made for a newer kernel that tries
 * one of that kernel's calls must still get ENOSYS here.
 */
#define ML_MIGRATE_NR		500

#define ML_OP_INSTALL		0
#define ML_OP_ROLLBACK		1
#define ML_OP_REMOVE		2
#define ML_OP_RULE_ADD		3
#define ML_OP_RULE_DELETE	4

/**
 * struct ml_rule_request - a rule of the match table
 * @kind: 0 for the task's name, 1 for its cgroup (version 2)
 * @reserved: 0
 * @cgroup: inode number of the cgroup's folder
 * @pattern: shell pattern for the name, NUL-terminated
 */
struct ml_rule_request {
	__u32 kind;
	__u32 reserved;
	__u64 cgroup;
	char pattern[16];
};

#endif /* _UAPI_LINUX_ML_MIGRATE_H */
