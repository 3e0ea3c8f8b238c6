// SPDX-License-Identifier: GPL-2.0-only
/* From features to a prediction, in integers or in floating point. */
#include <asm/fpu/api.h>

#include "internal.h"

/**
 * ml_infer() - predict
 * @model: the model
 * @call: features in, logit and prediction out
 * @in_float: use floating point, if the model has it and the FPU may be used
 *
 * The FPU may not be used when this CPU is already using it in the kernel,
 * which a softirq can have interrupted; then fixed point answers and
 * ml_counters.fpu_busy grows. Return: true for the positive class.
 */
bool ml_infer(const struct ml_model *model, struct ml_call *call, bool in_float)
{
	bool positive;

	call->serial = model->serial;
	if (in_float && model->blob) {
		if (irq_fpu_usable()) {
			kernel_fpu_begin();
			positive = nt_float_positive(model->blob, call->feature);
			kernel_fpu_end();
			call->used_float = true;
			call->positive = positive;
			return positive;
		}
		this_cpu_inc(ml_counters.fpu_busy);
	}
	call->logit = nt_logit(model->net, call->feature);
	positive = nt_positive(model->net, call->logit);
	call->positive = positive;
	return positive;
}
