/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* peek(): bytes of a frame, wherever in it they lie and however much of it is linear. */
#ifndef XDP_EXPORTER_CURSOR_H
#define XDP_EXPORTER_CURSOR_H

#include <stddef.h>

#include "count.h"

/* A frame and how far it has been read, in bytes. */
struct cursor {
	struct xdp_md *ctx;
	__u32 offset;
	/* Where the frame ends, and past its IP header where the packet does: behind that is padding. */
	__u32 end;
};

/* No header begins further into a frame than this. The verifier needs a bound: see MAX_PACKET_OFF there. */
#define CURSOR_OFFSET 0x7fff

/*
 * Loads ctx->data out of the compiler's sight. Otherwise it may merge this load with one whose result is used
 * as a 32-bit number, and widen that number later: the verifier then no longer knows it for a pointer.
 */
static __always_inline void *frame_start(struct xdp_md *ctx)
{
	void *start;

	asm("%0 = *(u32 *)(%1 + %2)" : "=r"(start) : "r"(ctx), "i"(offsetof(struct xdp_md, data)));
	return start;
}

/* The end of the linear part. */
static __always_inline void *frame_end(struct xdp_md *ctx)
{
	void *end;

	asm("%0 = *(u32 *)(%1 + %2)" : "=r"(end) : "r"(ctx), "i"(offsetof(struct xdp_md, data_end)));
	return end;
}

/*
 * `size` bytes at the cursor: in place where the frame is linear there, else copied to `copy`, since a driver
 * may keep as little as 14 bytes of a multi-buffer frame in its linear part. NULL where the frame has no such
 * bytes.
 */
static __always_inline void *peek(const struct cursor *at, __u32 size, void *copy)
{
	void *start = frame_start(at->ctx) + at->offset;

	if (start + size <= frame_end(at->ctx))
		return start;
	if (settings.length_source != XDP_EXPORTER_LENGTH_LINEAR &&
	    bpf_xdp_load_bytes(at->ctx, at->offset, copy, size) == 0)
		return copy;
	return NULL;
}

#endif
