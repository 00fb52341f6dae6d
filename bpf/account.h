/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* account(ctx, verdict): the one place where a frame is counted and recorded, whoever decided its verdict. */
#ifndef XDP_EXPORTER_ACCOUNT_H
#define XDP_EXPORTER_ACCOUNT_H

#include "count.h"
#include "recorder.h"

/* A failed lookup counts nothing and changes nothing: observation never touches the verdict. */
static __always_inline void account(struct xdp_md *ctx, __u32 verdict)
{
	__u32 slot = settings.slot;
	__u32 action = action_of(verdict);
	__u64 length = frame_length(ctx);
	struct xdp_device *device = bpf_map_lookup_elem(&xdp_devices, &slot);

	if (!device)
		return;
	count(device, action, length);
	record_packet(ctx, device, action, length);
}

#endif
