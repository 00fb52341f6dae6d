// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// Has the maps and the name of the exporter's program, but reads the frame without a bounds check.
#include "account.h"

SEC("xdp")
int xdp_exporter(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data;

	account(ctx, data[100]);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
