// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// Provokes what the kernel's XDP tracepoints tell of: aborts, redirects and fails.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* For experiments (IEEE 802): what comes from elsewhere is passed on. */
#define ETH_P_TEST 0x88b5

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct bpf_devmap_val);
} devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__uint(max_entries, 128);
	__type(key, __u32);
	__type(value, struct bpf_cpumap_val);
} cpus SEC(".maps");

enum provoker_deed {
	DEED_VERDICT,
	DEED_REDIRECT,
	DEED_DEVMAP,
	DEED_CPUMAP,
};

/* Written by the test: what to do, and the verdict, the index or the key to do it with. */
struct {
	__u32 deed;
	__u32 argument;
	/* Frames that came, and frames that a CPU got. */
	__u64 seen;
	__u64 passed;
} provoker;

SEC("xdp")
int provoke(struct xdp_md *ctx)
{
	struct ethhdr *frame = (void *)(long)ctx->data;

	if ((void *)(frame + 1) > (void *)(long)ctx->data_end || frame->h_proto != bpf_htons(ETH_P_TEST))
		return XDP_PASS;
	__sync_fetch_and_add(&provoker.seen, 1);
	switch (provoker.deed) {
	case DEED_REDIRECT:
		return bpf_redirect(provoker.argument, 0);
	case DEED_DEVMAP:
		return bpf_redirect_map(&devices, provoker.argument, 0);
	case DEED_CPUMAP:
		return bpf_redirect_map(&cpus, provoker.argument, 0);
	default:
		return provoker.argument;
	}
}

SEC("xdp/cpumap")
int count(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&provoker.passed, 1);
	return XDP_DROP;
}

SEC("xdp/devmap")
int refuse(struct xdp_md *ctx)
{
	return XDP_DROP;
}

SEC("xdp")
int drop(struct xdp_md *ctx)
{
	return XDP_DROP;
}

char _license[] SEC("license") = "Dual BSD/GPL";
