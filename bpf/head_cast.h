/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* A frame's head where it lies in the kernel, for observers on Linux 6.2 and newer. */
#ifndef XDP_EXPORTER_HEAD_CAST_H
#define XDP_EXPORTER_HEAD_CAST_H

#include <linux/socket.h>
#include <bpf/bpf_core_read.h>

/*
 * A tracing program cannot read a frame in place as an XDP program does. It declares an address to be of a
 * type of the kernel's, and then reads that with ten instructions a word.
 */
extern void *bpf_rdonly_cast(const void *object, __u32 btf_id) __ksym;

#define CAST(type, address) ((type *)bpf_rdonly_cast((void *)(address), bpf_core_type_id_kernel(type)))

/*
 * In lockdown "confidentiality" no program may read memory, and the kernel refuses each that has this helper.
 * Reads in place it forgets to refuse; so they come with a call of the helper where none is ever made.
 */
static __always_inline int obey_lockdown(void)
{
	__u8 byte;

	bpf_probe_read_kernel(&byte, sizeof(byte), NULL);
	return 0;
}

/* Of the types that every kernel has, one that can be read at any offset: it is a union, of 128 bytes. */
static __always_inline void *bytes_at(__u64 address)
{
	return CAST(struct __kernel_sockaddr_storage, address);
}

/* Of a frame's linear part, in the kernel's memory. */
struct head {
	__u64 address;
	__u64 end;
};
#define FRAME struct head

/* The verifier wants to see this asked of each pointer that a global function is given. */
static __always_inline bool is_missing(FRAME *frame)
{
	return !frame;
}

static __always_inline void take_head(struct head *head, __u64 start, __u64 end)
{
	head->address = start;
	head->end = end;
}

/* Where bytes lie that need no call to be read. */
static __always_inline void *plain_start(FRAME *frame)
{
	return bytes_at(frame->address);
}

static __always_inline void *plain_end(FRAME *frame)
{
	return (void *)frame->end;
}

/* `size` bytes at `offset`. NULL where the linear part ends before. */
static __always_inline void *peek_at(FRAME *frame, __u32 offset, __u32 size, void *copy)
{
	__u64 address = frame->address + offset;

	return address + size <= frame->end ? bytes_at(address) : NULL;
}

#endif
