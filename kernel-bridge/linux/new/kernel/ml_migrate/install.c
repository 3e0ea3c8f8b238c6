// SPDX-License-Identifier: GPL-2.0-only
/*
 * Installing, rolling back and removing models.
 *
 * A slot holds the model that decides and the one before it. Readers follow
 * one pointer under RCU; a writer prepares the new model beside them, publishes
 * it with one store and frees what has fallen out after a grace period. No
 * reader ever waits, and none sees a model that is half one, half another:
 * unlike two buffers used in turn, nothing is ever written where a reader
 * could be.
 */
#include <linux/log2.h>
#include <linux/slab.h>

#include "internal.h"

struct ml_refusal ml_last_refusal;
static u64 ml_serial;

static void ml_model_free(struct rcu_head *rcu)
{
	struct ml_model *model = container_of(rcu, struct ml_model, rcu);

	kfree(model->blob);
	kfree(model);
}

static void ml_model_drop(struct ml_model *model)
{
	if (model)
		call_rcu(&model->rcu, ml_model_free);
}

/**
 * ml_model_memory() - what a model takes
 * @model: the model, or NULL
 *
 * Return: bytes, as the allocator rounded them up.
 */
size_t ml_model_memory(const struct ml_model *model)
{
	return model ? ksize(model) + ksize(model->blob) : 0;
}

/*
 * A model with the prepared network in memory of just their size; the scratch
 * is given back. A power of two, because only these are aligned to their size,
 * as NT_ALIGN asks.
 */
static struct ml_model *ml_model_make(const void *blob, size_t len, struct nt_error *why)
{
	struct ml_model *model = NULL;
	struct nt_model *scratch;
	int err = -ENOMEM;
	size_t size;

	scratch = kzalloc(NT_MAX_MODEL, GFP_KERNEL);
	if (!scratch)
		goto fail;
	err = nt_prepare(blob, len, scratch, NT_MAX_MODEL, why);
	if (err)
		goto fail;
	err = -ENOMEM;
	size = offsetof(struct ml_model, net) + scratch->size;
	model = kzalloc(roundup_pow_of_two(size), GFP_KERNEL_ACCOUNT);
	if (!model)
		goto fail;
	/* Not through the field: what is copied goes on behind it. */
	memcpy((void *)model + offsetof(struct ml_model, net), scratch, scratch->size);
	if (nt_has_float(blob)) {
		model->blob = kmemdup(blob, len, GFP_KERNEL_ACCOUNT);
		if (!model->blob)
			goto fail;
	}
	model->blob_len = len;
	ml_fair_link(model);
	kfree(scratch);
	return model;
fail:
	kfree(model);
	kfree(scratch);
	return ERR_PTR(err);
}

static void ml_publish(struct ml_slot *slot, struct ml_model *active, struct ml_model *standby)
{
	rcu_assign_pointer(slot->active, active);
	slot->standby = standby;
	ml_keys_update();
}

static struct ml_model *ml_active(struct ml_slot *slot)
{
	return rcu_dereference_protected(slot->active, lockdep_is_held(&ml_lock));
}

/**
 * ml_install() - make a model file the active model of a slot
 * @slot: number of the slot
 * @blob: the file, in kernel memory
 * @len: its length
 *
 * The active model becomes the standby; the standby is freed. On any error the
 * slot is as before. Called with ml_lock held. Return: 0, -EINVAL for a file
 * that is not right (see ml_last_refusal), -ENOMEM.
 */
int ml_install(unsigned int slot, void *blob, size_t len)
{
	struct ml_slot *place = &ml_state.slot[slot];
	struct ml_model *model, *oldest;

	lockdep_assert_held(&ml_lock);
	memset(&ml_last_refusal, 0, sizeof(ml_last_refusal));
	model = ml_model_make(blob, len, &ml_last_refusal.why);
	if (IS_ERR(model)) {
		ml_last_refusal.errno = PTR_ERR(model);
		return PTR_ERR(model);
	}
	model->serial = ++ml_serial;
	oldest = place->standby;
	ml_publish(place, model, ml_active(place));
	ml_model_drop(oldest);
	return 0;
}

/**
 * ml_rollback() - change active and standby model of a slot
 * @slot: number of the slot
 *
 * Called with ml_lock held. Return: 0, or -ENOENT without a standby.
 */
int ml_rollback(unsigned int slot)
{
	struct ml_slot *place = &ml_state.slot[slot];

	lockdep_assert_held(&ml_lock);
	if (!place->standby)
		return -ENOENT;
	ml_publish(place, place->standby, ml_active(place));
	return 0;
}

/**
 * ml_remove() - empty a slot
 * @slot: number of the slot
 *
 * Called with ml_lock held. Return: 0, or -ENOENT when it was empty.
 */
int ml_remove(unsigned int slot)
{
	struct ml_slot *place = &ml_state.slot[slot];
	struct ml_model *active = ml_active(place), *standby = place->standby;

	lockdep_assert_held(&ml_lock);
	if (!active)
		return -ENOENT;
	ml_publish(place, NULL, NULL);
	ml_model_drop(active);
	ml_model_drop(standby);
	return 0;
}
