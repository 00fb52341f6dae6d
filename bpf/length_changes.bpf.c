// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// Calls whatever can change the length of a frame. Never attached: user space reads what the kernel makes of
// such calls, to find them in other programs.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int length_changes(struct xdp_md *ctx)
{
	bpf_xdp_adjust_head(ctx, 0);
	bpf_xdp_adjust_tail(ctx, 0);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
