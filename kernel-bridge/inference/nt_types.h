/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The integer types of the inference code, in the kernel and outside it.
 *
 * The same files compile in both places; nothing here needs a C library.
 */
#ifndef NT_TYPES_H
#define NT_TYPES_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#else
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <errno.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#ifndef likely
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#endif
#ifndef noinline
#ifdef __clang__
#define noinline
#else
#define noinline __attribute__((noipa))
#endif
#endif
/* Kernels that zero every stack variable are to spare the buffers of the decision path. */
#ifndef __uninitialized
#define __uninitialized
#endif
/* Where a page boundary lies matters to the kernel alone. */
#ifndef __aligned
#define __aligned(n)
#endif
#ifndef fallthrough
#define fallthrough __attribute__((__fallthrough__))
#endif
#endif /* __KERNEL__ */

/* The decision path: the kernel's linker puts such functions side by side. */
#define __nt_hot __attribute__((__hot__))

#endif /* NT_TYPES_H */
