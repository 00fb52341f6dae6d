/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What an observer sees: the frame as another's program is given it, and later what that program decided. */
#ifndef XDP_EXPORTER_OBSERVED_H
#define XDP_EXPORTER_OBSERVED_H

#define XDP_EXPORTER_OBSERVER
#include "record.h"

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

/* Grows with each change of the map. In a section of its own, since .bss belongs to all programs. */
volatile __u32 target_changes SEC(".data.targets");

/* A packet between the program's entry and its end. */
struct observation {
	/* The struct xdp_buff that the program works on; zero once it has ended. */
	__u64 context;
	__u32 slot;
	/* Bytes of the frame before the program could change it. */
	__u32 length;
	/* The device of the last packet, its slot plus one, and what target_changes was then. */
	__u64 device;
	__u32 device_slot;
	__u32 device_changes;
	/* See class_of(). */
	__u32 class;
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
 * program's BTF calls it a struct xdp_md. Elsewhere (void *, a struct of its own) it is a number. Since Linux
 * 6.2 it can be declared to be one; before, each read takes a helper. Each way has an object of its own,
 * since a switch would cost two instructions at each read.
 */
#ifdef XDP_EXPORTER_UNTYPED
#define FIELD(object, field) BPF_CORE_READ(object, field)
#else
#define FIELD(object, field) ((object)->field)
#endif

#ifdef XDP_EXPORTER_RDONLY_CAST
#define context_of(ctx) CAST(struct xdp_buff, (ctx)[0])
#else
#define context_of(ctx) ((struct xdp_buff *)(ctx)[0])
#endif

static __always_inline __u32 look_up_slot(struct net_device *dev)
{
	struct net *net = FIELD(dev, nd_net.net);
	struct xdp_target target = {.ifindex = FIELD(dev, ifindex), .netns = FIELD(net, ns.inum)};
	__u32 *slot = bpf_map_lookup_elem(&xdp_targets, &target);

	return slot ? *slot + 1 : 0;
}

/*
 * The slot of the frame's device, plus one, or 0 where nobody wants it. The next packet is mostly of the same
 * device, and then this costs a fifth. A device that goes or moves is taken from the map, which is a change,
 * as soon as user space hears of it.
 */
static __always_inline __u32 find_slot(struct observation *seen, struct xdp_rxq_info *queue)
{
	struct net_device *dev = FIELD(queue, dev);
	__u32 changes = target_changes;

	if (seen->device != (__u64)dev || seen->device_changes != changes) {
		seen->device_slot = look_up_slot(dev);
		seen->device_changes = changes;
		seen->device = (__u64)dev;
	}
	return seen->device_slot;
}

static __always_inline bool has_fragments(struct xdp_buff *xdp)
{
#ifndef XDP_EXPORTER_RDONLY_CAST
	/* Before Linux 5.18 there are neither fragments nor flags. */
	if (!bpf_core_field_exists(xdp->flags))
		return false;
#endif
	return FIELD(xdp, flags) & XDP_BUFF_HAS_FRAGS;
}

/* Bytes of a frame that has fragments. The helper for it takes only what the kernel presented as a context.
 */
static __always_inline __u32 whole_length(struct xdp_buff *xdp, __u32 linear)
{
#if defined(XDP_EXPORTER_UNTYPED) || defined(XDP_EXPORTER_RDONLY_CAST)
	/* SKB_DATA_ALIGN(): to a cache line. */
	__u32 size = (bpf_core_type_size(struct skb_shared_info) + 63) & ~63U;
	void *shared = FIELD(xdp, data_hard_start) + FIELD(xdp, frame_sz) - size;

#ifdef XDP_EXPORTER_RDONLY_CAST
	return linear + CAST(struct skb_shared_info, shared)->xdp_frags_size;
#else
	return linear + BPF_CORE_READ((struct skb_shared_info *)shared, xdp_frags_size);
#endif
#else
	return bpf_xdp_get_buff_len((struct xdp_md *)xdp);
#endif
}

/* Where a frame's linear part is, and how long the whole frame. */
struct extent {
	__u64 start;
	__u64 end;
	__u32 length;
};

static __always_inline struct extent measure(struct xdp_buff *xdp)
{
	__u64 start = (__u64)FIELD(xdp, data);
	__u64 end = (__u64)FIELD(xdp, data_end);
	__u32 linear = end - start;
	__u32 length = has_fragments(xdp) ? whole_length(xdp, linear) : linear;

	return (struct extent){.start = start, .end = end, .length = length};
}

#endif
