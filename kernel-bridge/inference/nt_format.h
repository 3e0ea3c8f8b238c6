/* SPDX-License-Identifier: GPL-2.0-only */
/* How a model file is taken apart; its layout stands in nt_layout.h. */
#ifndef NT_FORMAT_H
#define NT_FORMAT_H

#include "nt.h"

#define NT_SUM_LIMIT		(1LL << 53)
#define NT_LOG2_MAX		65535

static inline u16 nt_get16(const u8 *p)
{
	return (u16)(p[0] | p[1] << 8);
}

static inline u32 nt_get32(const u8 *p)
{
	return nt_get16(p) | (u32)nt_get16(p + 2) << 16;
}

static inline u64 nt_get64(const u8 *p)
{
	return nt_get32(p) | (u64)nt_get32(p + 4) << 32;
}

/* Is this transform's result compared with sign? */
static inline bool nt_signed(u32 feature, u32 transform)
{
	return (transform == NT_IDENTITY || transform == NT_CLIPPED) &&
	       (NT_SIGNED_FEATURES >> feature & 1);
}

/* Bytes of one layer, padding included. */
static inline u32 nt_layer_size(u32 inputs, u32 outputs, bool with_float)
{
	u32 bytes = inputs * outputs * 2;

	if (with_float)
		bytes += (inputs * outputs + outputs) * 4;
	return NT_LAYER_HEADER_SIZE + outputs * 8 + ((bytes + 7) & ~7U);
}

#endif /* NT_FORMAT_H */
