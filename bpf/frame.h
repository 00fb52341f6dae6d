/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* FRAME: what the parser reads a frame from, be it the frame itself or a copy of its head. */
#ifndef XDP_EXPORTER_FRAME_H
#define XDP_EXPORTER_FRAME_H

#include <stddef.h>

#include "count.h"

#ifdef XDP_EXPORTER_OBSERVER
/* As much as nearly every packet's headers take: Ethernet, a tag, IPv6, and of TCP what matters here. */
#define HEAD_BYTES 72

/* No offset into a head is larger. The verifier bounds it by this alone: it does not know what `copied` is.
 */
#define HEAD_MASK 127

/* A tracing program cannot read a frame in place, and each read by a helper costs as much as this copy. */
struct head {
	/* Of the frame's linear part in the kernel's memory, and its bytes. */
	__u64 address;
	__u32 linear;
	/* Bytes that were copied. */
	__u32 copied;
	/* Room for what the verifier thinks of, too: an IPv6 header at the end of what HEAD_MASK allows. */
	__u8 bytes[HEAD_MASK + 1 + 40];
};
#define FRAME struct head

/* The verifier wants to see this asked of each pointer that a global function is given. */
static __always_inline bool is_missing(FRAME *frame)
{
	return !frame;
}

/* Where bytes lie that need no call to be read. */
static __always_inline void *plain_start(FRAME *frame)
{
	return frame->bytes;
}

static __always_inline void *plain_end(FRAME *frame)
{
	return frame->bytes + (frame->copied & HEAD_MASK);
}

/* `size` bytes at `offset`: from the copy, or else read to `copy`. NULL where the linear part ends before. */
static __always_inline void *peek_at(FRAME *frame, __u32 offset, __u32 size, void *copy)
{
	__u32 end = offset + size;

	if (end <= frame->copied)
		return frame->bytes + (offset & HEAD_MASK);
	if (end <= frame->linear && bpf_probe_read_kernel(copy, size, (void *)frame->address + offset) == 0)
		return copy;
	return NULL;
}
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
