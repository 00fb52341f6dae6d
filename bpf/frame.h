/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* FRAME: what the parser reads a frame from. An XDP program reads the frame itself, an observer has a head.
 */
#ifndef XDP_EXPORTER_FRAME_H
#define XDP_EXPORTER_FRAME_H

#include <stddef.h>

#include "count.h"

#if defined(XDP_EXPORTER_RDONLY_CAST)
#include "head_cast.h"
#elif defined(XDP_EXPORTER_OBSERVER)
#include "head_copied.h"
#else
#define FRAME struct xdp_md

static __always_inline bool is_missing(FRAME *frame)
{
	return false;
}

static __always_inline void *plain_start(FRAME *frame)
{
	return (void *)(long)frame->data;
}

static __always_inline void *plain_end(FRAME *frame)
{
	return (void *)(long)frame->data_end;
}

/*
 * Loads frame->data out of the compiler's sight. Otherwise it may merge this load with one whose result is
 * used as a 32-bit number, and widen that number later: the verifier then no longer knows it for a pointer.
 */
static __always_inline void *frame_start(FRAME *frame)
{
	void *start;

	asm("%0 = *(u32 *)(%1 + %2)" : "=r"(start) : "r"(frame), "i"(offsetof(struct xdp_md, data)));
	return start;
}

/* The end of the linear part. */
static __always_inline void *frame_end(FRAME *frame)
{
	void *end;

	asm("%0 = *(u32 *)(%1 + %2)" : "=r"(end) : "r"(frame), "i"(offsetof(struct xdp_md, data_end)));
	return end;
}

/*
 * `size` bytes at `offset`: in place where the frame is linear there, else copied to `copy`, since a driver
 * may keep as little as 14 bytes of a multi-buffer frame in its linear part. NULL where the frame has no such
 * bytes.
 */
static __always_inline void *peek_at(FRAME *frame, __u32 offset, __u32 size, void *copy)
{
	void *start = frame_start(frame) + offset;

	if (start + size <= frame_end(frame))
		return start;
	if (settings.length_source != XDP_EXPORTER_LENGTH_LINEAR &&
	    bpf_xdp_load_bytes(frame, offset, copy, size) == 0)
		return copy;
	return NULL;
}
#endif

#endif
