/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a shifted sum to the next layer's input; docs/model-file.md, step 3.
 */
#ifndef NT_ACTIVATE_H
#define NT_ACTIVATE_H

#include "nt_internal.h"
#include "nt_sigmoid.h"

static __always_inline s32 nt_saturate(s64 z)
{
	return z < -32768 ? -32768 : z > 32767 ? 32767 : (s32)z;
}

static __always_inline s32 nt_activate(u32 activation, s64 z)
{
	s32 y = nt_saturate(z);

	if (activation == NT_ACT_SIGMOID)
		return NT_SIGMOID_MODULAR[(u16)y >> 5];
	return activation == NT_ACT_RELU && y < 0 ? 0 : y;
}

#endif /* NT_ACTIVATE_H */
