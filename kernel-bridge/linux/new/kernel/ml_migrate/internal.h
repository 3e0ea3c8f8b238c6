/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of kernel/ml_migrate/ share. */
#ifndef _ML_MIGRATE_INTERNAL_H
#define _ML_MIGRATE_INTERNAL_H

#include <linux/ml_migrate.h>
#include <linux/mutex.h>

struct seq_file;

/**
 * struct ml_refusal - why the last model file was refused
 * @why: the file's fault as nt_prepare() found it; @why.what is NULL for none
 * @errno: what the system call returned
 */
struct ml_refusal {
	struct nt_error why;
	int errno;
};

/* Serialises everything that changes models, rules or the mode. */
extern struct mutex ml_lock;
extern struct ml_refusal ml_last_refusal;
extern char ml_trip_reason[64];
extern bool ml_watch;

int ml_install(unsigned int slot, void *blob, size_t len);
int ml_rollback(unsigned int slot);
int ml_remove(unsigned int slot);
size_t ml_model_memory(const struct ml_model *model);

int ml_rule_add(const struct ml_rule *rule);
int ml_rule_delete(const struct ml_rule *rule);
void ml_rules_show(struct seq_file *m);

void ml_set_mode(int mode);
void ml_keys_update(void);
void ml_watchdog_start(void);
void ml_watchdog_stop(void);

void ml_counters_reset(void);
void ml_counters_show(struct seq_file *m);
void ml_latency_show(struct seq_file *m);

#endif /* _ML_MIGRATE_INTERNAL_H */
