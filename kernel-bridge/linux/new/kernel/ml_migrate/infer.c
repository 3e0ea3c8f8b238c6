// SPDX-License-Identifier: GPL-2.0-only
/* Predictions in floating point; those in integers are made in sched/ml_fair.h. */
#include <asm/fpu/api.h>

#include "internal.h"

/**
 * ml_infer_float() - predict in floating point, if the model has it and the FPU may be used
 * @model: the model
 * @call: features in, prediction out
 *
 * The FPU may not be used when this CPU is already using it in the kernel,
 * which a softirq can have interrupted; then ml_counters.fpu_busy grows.
 * Return: whether the prediction was made.
 */
bool ml_infer_float(const struct ml_model *model, struct ml_call *call)
{
	if (!model->blob)
		return false;
	if (!irq_fpu_usable()) {
		this_cpu_inc(ml_cpu.count.fpu_busy);
		return false;
	}
	kernel_fpu_begin();
	call->positive = nt_float_positive(model->blob, call->feature);
	kernel_fpu_end();
	call->used_float = true;
	return true;
}
