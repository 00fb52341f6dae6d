// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// The floor that the bench measures against, and the foreign program that tests put on a device.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int empty(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
