// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// What tutorials teach, for the bench to compare with: one perf event for each IPv4 packet.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct packet_log {
	__u32 ipv4_address;
	__u32 action;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} tutorial_events SEC(".maps");

SEC("xdp")
int tutorial(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(ethernet + 1);
	struct packet_log log = {.action = XDP_PASS};

	if ((void *)(ip + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	log.ipv4_address = bpf_ntohl(ip->saddr);
	bpf_perf_event_output(ctx, &tutorial_events, BPF_F_CURRENT_CPU, &log, sizeof(log));
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
