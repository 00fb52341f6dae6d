// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// A program at a tracepoint that no kernel has.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("tp_btf/xdp_absent")
int absent(void *ctx)
{
	return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
