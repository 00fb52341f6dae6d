// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// The same programs, for frames of many buffers: Linux before 5.18 loads none.
#include "foreign.bpf.c"

SEC("xdp.frags")
int foreign_frags(struct xdp_md *ctx)
{
	return verdict_of(ctx);
}

SEC("xdp.frags")
int foreign_frags_untyped(void *ctx)
{
	return verdict_of(ctx);
}
