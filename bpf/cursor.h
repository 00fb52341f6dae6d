/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* peek(): bytes of a frame, wherever in it they lie and however much of it is linear. */
#ifndef XDP_EXPORTER_CURSOR_H
#define XDP_EXPORTER_CURSOR_H

#include "frame.h"

/* A frame and how far it has been read, in bytes. */
struct cursor {
	FRAME *frame;
	__u32 offset;
	/* Where the frame ends, and past its IP header where the packet does: behind that is padding. */
	__u32 end;
};

/* No header begins further into a frame than this. The verifier needs a bound: see MAX_PACKET_OFF there. */
#define CURSOR_OFFSET 0x7fff

/* `size` bytes at the cursor, or NULL: see peek_at(). */
static __always_inline void *peek(const struct cursor *at, __u32 size, void *copy)
{
	return peek_at(at->frame, at->offset, size, copy);
}

#endif
