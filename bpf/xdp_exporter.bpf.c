// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// The program that the exporter attaches to a device: counts and records every frame, and passes it on.
#include "account.h"

SEC("xdp")
int xdp_exporter(struct xdp_md *ctx)
{
	account(ctx, XDP_PASS);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
