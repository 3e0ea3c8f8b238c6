/* SPDX-License-Identifier: GPL-2.0-only */
/* Generated from TypeScript by `npm run generate`; do not edit. */
#ifndef NT_LAYOUT_H
#define NT_LAYOUT_H

/*
 * The byte layout of a model file, little-endian, from model/nt-layout.ts;
 * docs/model-file.md has it in words. Offsets are in bytes.
 */
#define NT_MAGIC		0x5952544eU	/* "NTRY" */
#define NT_VERSION		1

#define NT_HEADER_SIZE		64
#define NT_AT_MAGIC		0
#define NT_AT_VERSION		4
#define NT_AT_HEADER_SIZE	6
#define NT_AT_TOTAL		8
#define NT_AT_CRC		12
#define NT_AT_SCHEMA		16
#define NT_AT_TARGET		24
#define NT_AT_INPUTS		25
#define NT_AT_LAYERS		26
#define NT_AT_LOGIT_FRAC	27
#define NT_AT_FLAGS		28
#define NT_AT_THRESHOLD		32
#define NT_AT_THRESHOLD_FLOAT	40
#define NT_AT_RESERVED		44
#define NT_AT_NAME		48
#define NT_NAME_LENGTH		16

#define NT_FLAG_FLOAT		1U
#define NT_FLAG_TREE		2U

#define NT_INPUT_SIZE		48
#define NT_IN_FEATURE		0
#define NT_IN_TRANSFORM		2
#define NT_IN_RESERVED		3
#define NT_IN_LOW		8
#define NT_IN_HIGH		16
#define NT_IN_MULTIPLIER	24
#define NT_IN_OFFSET		32
#define NT_IN_SCALE		40

#define NT_LAYER_HEADER_SIZE	8
#define NT_LA_INPUTS		0
#define NT_LA_OUTPUTS		2
#define NT_LA_ACTIVATION	4
#define NT_LA_SHIFT		5
#define NT_LA_FRAC		6
#define NT_LA_RESERVED		7

#define NT_NODE_SIZE		16
#define NT_NO_INPUT		0
#define NT_NO_RESERVED		1
#define NT_NO_HIGH		2
#define NT_NO_MORE		4
#define NT_NO_VALUE		8
#define NT_LEAF			255

#define NT_MAX_FILE		4096
#define NT_MAX_INPUTS		32
#define NT_MAX_LAYERS		16
#define NT_MAX_WIDTH		128
#define NT_MAX_SHIFT		46
#define NT_MAX_FRAC		46
#define NT_MAX_NODES		127
#define NT_MAX_DEPTH		16

enum nt_transform {
	NT_IDENTITY = 0,
	NT_FLAG = 1,
	NT_CLIPPED = 2,
	NT_LOG2 = 3,
	NT_NR_TRANSFORMS = 4
};

enum nt_activation {
	NT_ACT_IDENTITY = 0,
	NT_ACT_SIGMOID = 1,
	NT_ACT_RELU = 2,
	NT_NR_ACTIVATIONS = 3
};

#endif /* NT_LAYOUT_H */
