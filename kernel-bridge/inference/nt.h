/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Read a model file (*.nt) and decide with it, in integers alone.
 *
 * The byte layout of the file stands in docs/model-file.md. Life of a model:
 *
 *	nt_prepare(blob, len, model, size, &err)	once, may take microseconds
 *	nt_logit(model, features)			per decision, any CPU, no lock
 *	nt_positive(model, logit)
 *	nt_decide(model, features)			or both in one
 *
 * A prepared model is read-only: many CPUs may use one at the same time, and it
 * can be swapped under RCU and freed with the memory it lies in. Nothing here
 * allocates, sleeps, prints, locks or touches floating point (nt_float.c, the
 * float variant, is a compilation unit of its own).
 */
#ifndef NT_H
#define NT_H

#include "nt_types.h"
#include "nt_layout.h"
#include "nt_schema.h"

/* Memory that any prepared model fits into. */
#define NT_MAX_MODEL	4096

/* Alignment of the memory a prepared model lies in. */
#define NT_ALIGN	16

/**
 * struct nt_error - why a model file was refused
 * @what: the field at fault, a constant string
 * @found: what the file holds there (sign-extended where the field is signed)
 * @expected: what it should hold, or the limit it passed
 * @offset: byte offset of the field in the file
 */
struct nt_error {
	const char *what;
	u64 found;
	u64 expected;
	u32 offset;
};

/**
 * struct nt_model - a prepared model
 * @needed: bit i is set when feature i is read; only those words of the feature
 *	array need to be filled in
 * @threshold: the decision is positive when the logit is above it
 * @size: bytes this model occupies, this structure included
 * @target: an enum nt_target
 * @nr_inputs: inputs of the file
 * @nr_layers: layers of weights; 0 of a tree
 * @logit_frac: the logit is in units of 2^-logit_frac
 * @layers_at: offset of the first prepared layer from here (private)
 * @sign: where a tree begins for whom only the sign counts (private)
 * @path: which inference loop fits this model (private)
 * @splits: of a tree, at the end of the model (private)
 * @linear: inputs of the cheapest kind, in the first eight and beyond (private)
 * @name: name of the model, NUL-padded, not NUL-terminated when 16 long
 *
 * Inputs and layers, or a tree, follow in the same memory; their layout is private
 * to nt_model.c and nt_infer.c, which must be compiled with the same flags.
 */
struct nt_model {
	u64 needed;
	s64 threshold;
	u32 size;
	u8 target;
	u8 nr_inputs;
	u8 nr_layers;
	u8 logit_frac;
	u16 layers_at;
	u16 sign;
	u8 path;
	u8 splits;
	u8 linear[2];
	char name[16];
};

int nt_validate(const void *blob, size_t len, struct nt_error *err);
int nt_prepare(const void *blob, size_t len, struct nt_model *model, size_t size,
	       struct nt_error *err);
void nt_place(struct nt_model *model, u32 feature, u8 place, u16 from);
void nt_assume(struct nt_model *model, u32 feature, u64 word);
s64 nt_logit(const struct nt_model *model, const u64 *features);
bool nt_decide(const struct nt_model *model, const u64 *features);

/**
 * nt_positive() - the decision for a logit
 * @model: the model that computed it
 * @logit: result of nt_logit()
 *
 * Return: true for the positive class of the model's target.
 */
static inline bool nt_positive(const struct nt_model *model, s64 logit)
{
	return logit > model->threshold;
}

/*
 * The float variant (nt_float.c). In the kernel: only between
 * kernel_fpu_begin() and kernel_fpu_end(), and only when irq_fpu_usable().
 * @blob has passed nt_validate() and nt_has_float().
 */
bool nt_has_float(const void *blob);
bool nt_float_positive(const void *blob, const u64 *features);
void nt_float_logit(const void *blob, const u64 *features, float *logit);

#endif /* NT_H */
