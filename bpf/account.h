/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* account(ctx, verdict): the one place where a frame is counted, whoever decided its verdict. */
#ifndef XDP_EXPORTER_ACCOUNT_H
#define XDP_EXPORTER_ACCOUNT_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>

#include "abi.h"

const volatile struct xdp_settings settings = {};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, XDP_EXPORTER_MAX_DEVICES *XDP_EXPORTER_ACTIONS);
	__type(key, __u32);
	__type(value, struct xdp_traffic);
} xdp_traffic SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, XDP_EXPORTER_MAX_DEVICES);
	__type(key, __u32);
	__type(value, struct xdp_packet_sizes);
} xdp_packet_sizes SEC(".maps");

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
	if (settings.length_source == XDP_EXPORTER_LENGTH_HELPER)
		return bpf_xdp_get_buff_len(ctx);
#ifdef XDP_EXPORTER_CAST
	if (settings.length_source == XDP_EXPORTER_LENGTH_CAST) {
		struct xdp_buff *xdp = bpf_cast_to_kern_ctx(ctx);

		if (xdp->flags & XDP_BUFF_HAS_FRAGS)
			return bpf_xdp_get_buff_len(ctx);
	}
#endif
	return (__u64)(ctx->data_end - ctx->data);
}

/* Smallest i with length <= 2^i, at most the last slot. */
static __always_inline __u32 size_slot(__u64 length)
{
	__u32 rest = length ? (__u32)length - 1 : 0;
	__u32 slot = 0;

	if (rest >> 16) {
		slot += 16;
		rest >>= 16;
	}
	if (rest >> 8) {
		slot += 8;
		rest >>= 8;
	}
	if (rest >> 4) {
		slot += 4;
		rest >>= 4;
	}
	if (rest >> 2) {
		slot += 2;
		rest >>= 2;
	}
	if (rest >> 1) {
		slot += 1;
		rest >>= 1;
	}
	slot += rest;
	return slot < XDP_EXPORTER_SIZE_SLOTS ? slot : XDP_EXPORTER_SIZE_SLOTS - 1;
}

static __always_inline __u32 action_of(__u32 verdict)
{
	return verdict < XDP_EXPORTER_INVALID ? verdict : XDP_EXPORTER_INVALID;
}

/*
 * Counts one frame. No atomics: the values are per CPU, and XDP runs in softirq, which does not nest on a
 * CPU (PREEMPT_RT kernels that no longer hold the BH lock break this, and are not supported). A failed
 * lookup counts nothing and changes nothing: observation never touches the verdict.
 */
static __always_inline void account(struct xdp_md *ctx, __u32 verdict)
{
	__u32 key = settings.device_slot * XDP_EXPORTER_ACTIONS + action_of(verdict);
	__u64 length = frame_length(ctx);
	struct xdp_traffic *traffic = bpf_map_lookup_elem(&xdp_traffic, &key);

	if (traffic) {
		traffic->packets++;
		traffic->bytes += length;
	}
	if (settings.packet_sizes) {
		__u32 slot = settings.device_slot;
		struct xdp_packet_sizes *sizes = bpf_map_lookup_elem(&xdp_packet_sizes, &slot);

		if (sizes) {
			sizes->packets[size_slot(length)]++;
			sizes->bytes += length;
		}
	}
}

#endif
