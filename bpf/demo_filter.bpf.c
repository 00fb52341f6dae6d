// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// The demo's foreign program: a filter as its owner would write it, which knows nothing of the exporter.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

/* 198.18.0.0/15 is set aside for benchmarks (RFC 2544): no such source is real. */
#define FLOOD_NETWORK 0xc6120000
#define FLOOD_MASK 0xfffe0000

/* One rule: drop UDP from the flood's network. */
SEC("xdp")
int demo_flood_filter(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);

	if ((void *)(ip + 1) > (void *)(long)ctx->data_end)
		return XDP_PASS;
	if (eth->h_proto != bpf_htons(ETH_P_IP) || ip->protocol != IPPROTO_UDP)
		return XDP_PASS;
	return (ip->saddr & bpf_htonl(FLOOD_MASK)) == bpf_htonl(FLOOD_NETWORK) ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
