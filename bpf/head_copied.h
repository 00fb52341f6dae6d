/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* A copy of a frame's head, for observers on kernels older than Linux 6.2. */
#ifndef XDP_EXPORTER_HEAD_COPIED_H
#define XDP_EXPORTER_HEAD_COPIED_H

#include <bpf/bpf_core_read.h>

/* As much as nearly every packet's headers take: Ethernet, a tag, IPv6, and of TCP what matters here. */
#define HEAD_BYTES 72

/* No offset into a head is larger. The verifier bounds it by this alone: it does not know what `copied` is.
 */
#define HEAD_MASK 127

/* The helper that reads is refused by itself. */
static __always_inline int obey_lockdown(void)
{
	return 0;
}

/* There each read of a frame is a helper's, and costs as much as this copy. */
struct head {
	/* Of the frame's linear part in the kernel's memory. */
	__u64 address;
	__u64 end;
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

/* One that cannot be read has no linear part. */
static __always_inline void take_head(struct head *head, __u64 start, __u64 end)
{
	__u32 linear = end - start;
	__u32 copied = linear < HEAD_BYTES ? linear : HEAD_BYTES;

	/* Linux 6.1 forgets the bound where the compiler puts the number aside. */
	barrier_var(copied);
	copied &= HEAD_MASK;
	head->address = start;
	head->end = end;
	head->copied = copied;
	if (bpf_probe_read_kernel(head->bytes, copied, (void *)start)) {
		head->end = start;
		head->copied = 0;
	}
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
	__u64 address = frame->address + offset;

	if (offset + size <= frame->copied)
		return frame->bytes + (offset & HEAD_MASK);
	if (address + size <= frame->end && bpf_probe_read_kernel(copy, size, (void *)address) == 0)
		return copy;
	return NULL;
}

#endif
