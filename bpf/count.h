/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* count(): a frame by its action and size, the same for whoever decided its verdict. */
#ifndef XDP_EXPORTER_COUNT_H
#define XDP_EXPORTER_COUNT_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>

#include "abi.h"

const volatile struct xdp_settings settings = {};

/* The entries are set before load. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xdp_device);
} xdp_devices SEC(".maps");

#ifdef XDP_EXPORTER_CAST
/* The kernel's own view of the context (include/net/xdp.h); `flags` came with multi-buffer in 5.18. */
struct xdp_buff {
	__u32 flags;
} __attribute__((preserve_access_index));

/* XDP_FLAGS_HAS_FRAGS in include/net/xdp.h: the frame has more than its linear part. */
#define XDP_BUFF_HAS_FRAGS 1

extern void *bpf_cast_to_kern_ctx(void *ctx) __ksym __weak;
#endif

/*
 * Bytes in the frame. A single-buffer program can only be given linear frames, so there the pointers are
 * enough. A multi-buffer program must ask, and the helper is a call of about 9 ns; where the kernel lets us
 * look at the flag (6.2), only frames that have fragments pay for it.
 */
static __always_inline __u64 frame_length(struct xdp_md *ctx)
{
	__u32 source = settings.length_source;
	bool linear = source == XDP_EXPORTER_LENGTH_LINEAR;

#ifdef XDP_EXPORTER_CAST
	if (source == XDP_EXPORTER_LENGTH_CAST) {
		struct xdp_buff *xdp = bpf_cast_to_kern_ctx(ctx);

		linear = !(xdp->flags & XDP_BUFF_HAS_FRAGS);
	}
#endif
	return linear ? (__u64)(ctx->data_end - ctx->data) : bpf_xdp_get_buff_len(ctx);
}

#define REPEAT_2(n) n, n
#define REPEAT_4(n) REPEAT_2(n), REPEAT_2(n)
#define REPEAT_8(n) REPEAT_4(n), REPEAT_4(n)
#define REPEAT_16(n) REPEAT_8(n), REPEAT_8(n)
#define REPEAT_32(n) REPEAT_16(n), REPEAT_16(n)
#define REPEAT_64(n) REPEAT_32(n), REPEAT_32(n)
#define REPEAT_128(n) REPEAT_64(n), REPEAT_64(n)

/* How many bits a byte takes: BPF has no instruction that counts leading zeros. */
static const __u8 bit_length[256] = {
	0, 1, REPEAT_2(2), REPEAT_4(3), REPEAT_8(4), REPEAT_16(5), REPEAT_32(6), REPEAT_64(7), REPEAT_128(8),
};

/*
 * Smallest i with length <= 2^i, at most the last slot. Up to 2^16 without a branch, since lengths are in no
 * order that a CPU could predict.
 */
static __always_inline __u32 size_slot(__u64 length)
{
	__u64 rest = length - 1;
	__u32 slot;

	if (rest >> 16) {
		/* An aggregate of frames, or nothing at all. */
		slot = length ? 17 + (length > 1 << 17) + (length > 1 << 18) + (length > 1 << 19) : 0;
	} else {
		__u32 low_bits = (0xff - rest) >> 60 & 8;

		slot = low_bits + bit_length[rest >> low_bits & 0xff];
	}
	/* The verifier does not know what the table holds. */
	return slot < XDP_EXPORTER_SIZE_SLOTS ? slot : XDP_EXPORTER_SIZE_SLOTS - 1;
}

static __always_inline __u32 action_of(__u32 verdict)
{
	return verdict < XDP_EXPORTER_INVALID ? verdict : XDP_EXPORTER_INVALID;
}

/*
 * Counts one frame. No atomics: the values are per CPU, and XDP runs in softirq, which does not nest on a
 * CPU (PREEMPT_RT kernels that no longer hold the BH lock break this, and are not supported).
 */
static __always_inline void count(struct xdp_device *device, __u32 action, __u64 length)
{
	device->traffic[action].packets++;
	device->traffic[action].bytes += length;
	if (settings.packet_sizes)
		device->sizes[size_slot(length)]++;
}

#endif
