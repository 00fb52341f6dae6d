// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// Counts what the kernel says of XDP at its tracepoints, whoever's program it is: exceptions, failed
// redirects, bulks.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "abi.h"

enum {
	/* Counters of failed redirects: by errno, and the first one for every errno that has none of its own.
	 */
	TRACEPOINT_ERRORS = 18,
	/* Beyond the largest errno that a redirect gives. */
	TRACEPOINT_ERRNOS = 256,
	/* The place of a device that is not watched. */
	TRACEPOINT_NO_PLACE = 0xffffffff,
};

/* Keys of tracepoint_missed. */
enum {
	TRACEPOINT_DEVMAP_XMIT = 0,
	TRACEPOINT_CPUMAP_ENQUEUE = 1,
	TRACEPOINT_MISSED = 2,
};

/* A device of any network namespace: the inode of the namespace's file, and the index. */
struct tracepoint_device {
	__u32 netns;
	__u32 ifindex;
};

/* What is counted of a device. */
struct tracepoint_counters {
	/* By action. */
	__u64 exceptions[XDP_EXPORTER_ACTIONS];
	__u64 errors[TRACEPOINT_ERRORS];
};

/* The places of two devices, or the id of a cpumap and a CPU. */
struct tracepoint_path {
	__u32 from;
	__u32 to;
};

struct tracepoint_frames {
	__u64 passed;
	__u64 dropped;
};

/* Which counter each errno has; set before load. */
const volatile __u8 error_counters[TRACEPOINT_ERRNOS] = {};

/* The devices that are watched, and the place of each. The entries of this and the next three are set before
 * load. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct tracepoint_device);
	__type(value, __u32);
} tp_devices SEC(".maps");

/* By place. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tracepoint_counters);
} tp_counters SEC(".maps");

struct frames_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 1);
	__type(key, struct tracepoint_path);
	__type(value, struct tracepoint_frames);
};

struct frames_map tp_devmap SEC(".maps");
struct frames_map tp_cpumap SEC(".maps");

/* Events that found no room in a map. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TRACEPOINT_MISSED);
	__type(key, __u32);
	__type(value, __u64);
} tp_missed SEC(".maps");

/* The kernel's own structs, as far as they are read. */
struct ns_common {
	unsigned int inum;
} __attribute__((preserve_access_index));

struct net {
	struct ns_common ns;
} __attribute__((preserve_access_index));

typedef struct {
	struct net *net;
} __attribute__((preserve_access_index)) possible_net_t;

struct net_device {
	int ifindex;
	possible_net_t nd_net;
} __attribute__((preserve_access_index));

static __always_inline __u32 place_of(const struct net_device *dev)
{
	struct tracepoint_device key = {
		.netns = dev->nd_net.net->ns.inum,
		.ifindex = dev->ifindex,
	};
	__u32 *place = bpf_map_lookup_elem(&tp_devices, &key);

	return place ? *place : TRACEPOINT_NO_PLACE;
}

static __always_inline struct tracepoint_counters *counters_of(const struct net_device *dev)
{
	__u32 place = place_of(dev);

	return bpf_map_lookup_elem(&tp_counters, &place);
}

/* No atomics: the values are per CPU, and the kernel never runs one of these programs within itself. */
static __always_inline void add_frames(void *map, struct tracepoint_path *path, __u64 passed, __u64 dropped,
				       __u32 tracepoint)
{
	struct tracepoint_frames *frames = bpf_map_lookup_elem(map, path);

	if (!frames) {
		struct tracepoint_frames none = {};

		/* Another CPU may be first. */
		bpf_map_update_elem(map, path, &none, BPF_NOEXIST);
		frames = bpf_map_lookup_elem(map, path);
	}
	if (frames) {
		frames->passed += passed;
		frames->dropped += dropped;
	} else {
		__u64 *missed = bpf_map_lookup_elem(&tp_missed, &tracepoint);

		if (missed)
			(*missed)++;
	}
}

/* The action has 32 bits; in 64 the verifier keeps track of its bounds. */
SEC("tp_btf/xdp_exception")
int BPF_PROG(xdp_exception, const struct net_device *dev, const void *program, __u64 action)
{
	struct tracepoint_counters *counters = counters_of(dev);

	if (counters)
		counters->exceptions[action < XDP_EXPORTER_INVALID ? action : XDP_EXPORTER_INVALID]++;
	return 0;
}

/* Since Linux 5.6 redirects through maps fail here, too: xdp_redirect_map_err is left, but never hit. */
SEC("tp_btf/xdp_redirect_err")
int BPF_PROG(xdp_redirect_err, const struct net_device *dev, const void *program, const void *target,
	     int error)
{
	struct tracepoint_counters *counters = counters_of(dev);
	__u64 number = -(__s64)error;
	__u32 counter = number < TRACEPOINT_ERRNOS ? error_counters[number] : 0;

	if (counters && counter < TRACEPOINT_ERRORS)
		counters->errors[counter]++;
	return 0;
}

/* Once for each bulk of up to 16 frames. */
SEC("tp_btf/xdp_devmap_xmit")
int BPF_PROG(xdp_devmap_xmit, const struct net_device *from, const struct net_device *to, int sent, int drops)
{
	struct tracepoint_path path = {place_of(from), place_of(to)};

	if (path.from != TRACEPOINT_NO_PLACE || path.to != TRACEPOINT_NO_PLACE)
		add_frames(&tp_devmap, &path, sent, drops, TRACEPOINT_DEVMAP_XMIT);
	return 0;
}

/*
 * Once for each bulk of up to 8 frames. What was processed includes what was dropped, but in generic mode,
 * where a frame is either.
 */
SEC("tp_btf/xdp_cpumap_enqueue")
int BPF_PROG(xdp_cpumap_enqueue, int map_id, unsigned int processed, unsigned int drops, int cpu)
{
	struct tracepoint_path path = {map_id, cpu};
	__u64 passed = processed > drops ? processed - drops : 0;

	add_frames(&tp_cpumap, &path, passed, drops, TRACEPOINT_CPUMAP_ENQUEUE);
	return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
