// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// Counts and records the verdict that the frame's first byte names, so that a test sees all six actions.
#define XDP_EXPORTER_CAST
#include "account.h"

SEC("xdp")
int verdicts(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data;
	__u32 verdict;

	if ((void *)(data + 1) > (void *)(long)ctx->data_end)
		return XDP_PASS;
	verdict = *data;
	account(ctx, verdict);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
