/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What an observer sees: the frame as another's program is given it, and later what that program decided. */
#ifndef XDP_EXPORTER_OBSERVED_H
#define XDP_EXPORTER_OBSERVED_H

#define XDP_EXPORTER_OBSERVER
#include "record.h"
#include <bpf/bpf_core_read.h>

/* The kernel's own types, as far as they are read here. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct net_device {
	int ifindex;
	possible_net_t nd_net;
};

struct xdp_rxq_info {
	struct net_device *dev;
	__u32 queue_index;
};

struct xdp_buff {
	void *data;
	void *data_end;
	void *data_hard_start;
	struct xdp_rxq_info *rxq;
	__u32 frame_sz;
	__u32 flags;
};

struct skb_shared_info {
	__u32 xdp_frags_size;
};
#pragma clang attribute pop

/* XDP_FLAGS_HAS_FRAGS in include/net/xdp.h: the frame has more than its linear part. */
#define XDP_BUFF_HAS_FRAGS 1

/* The devices that are wanted, and the slot of each. The entries are set before load. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct xdp_target);
	__type(value, __u32);
} xdp_targets SEC(".maps");

/* A packet between the program's entry and its end. */
struct observation {
	/* The struct xdp_buff that the program works on; zero once it has ended. */
	__u64 context;
	__u32 slot;
	/* Bytes of the frame before the program could change it. */
	__u32 length;
	struct packet packet;
	struct xdp_record record;
	struct head head;
};

/* One at a time on each CPU: whatever comes between is told by its context. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct observation);
} xdp_observation SEC(".maps");

static __always_inline struct observation *find_observation(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&xdp_observation, &first);
}

/*
 * The kernel presents the context as a struct xdp_buff, which can be read in place, only where the observed
 * program's BTF calls it a struct xdp_md. Elsewhere (void *, a struct of its own) it is a number, and each
 * read takes a helper.
 */
#define FIELD(object, field) (settings.typed_context ? (object)->field : BPF_CORE_READ(object, field))

/* The slot of the device that the frame came from, or NULL where nobody wants it. */
static __always_inline __u32 *find_slot(struct xdp_buff *xdp)
{
	struct xdp_rxq_info *queue = FIELD(xdp, rxq);
	struct net_device *dev = FIELD(queue, dev);
	struct net *net = FIELD(dev, nd_net.net);
	struct xdp_target target = {.ifindex = FIELD(dev, ifindex), .netns = FIELD(net, ns.inum)};

	return bpf_map_lookup_elem(&xdp_targets, &target);
}

static __always_inline bool has_fragments(struct xdp_buff *xdp)
{
	/* Before Linux 5.18 there are neither fragments nor flags. */
	return bpf_core_field_exists(xdp->flags) && (FIELD(xdp, flags) & XDP_BUFF_HAS_FRAGS);
}

/* Bytes behind the linear part. */
static __always_inline __u32 fragment_bytes(struct xdp_buff *xdp)
{
	/* SKB_DATA_ALIGN(): to a cache line. */
	__u32 size = (bpf_core_type_size(struct skb_shared_info) + 63) & ~63U;
	struct skb_shared_info *shared = FIELD(xdp, data_hard_start) + FIELD(xdp, frame_sz) - size;

	return BPF_CORE_READ(shared, xdp_frags_size);
}

static __always_inline __u64 observed_length(struct xdp_buff *xdp)
{
	__u64 linear = (__u64)FIELD(xdp, data_end) - (__u64)FIELD(xdp, data);

	if (!has_fragments(xdp))
		return linear;
	/* The helper takes the kernel's own context only, which an untyped one is not known to be. */
	return settings.typed_context ? bpf_xdp_get_buff_len((struct xdp_md *)xdp)
				      : linear + fragment_bytes(xdp);
}

#endif
