/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What the BPF programs and user space agree on; src/bpf/abi.ts mirrors it and a test compares the two. */
#ifndef XDP_EXPORTER_ABI_H
#define XDP_EXPORTER_ABI_H

#include <linux/types.h>

enum xdp_exporter_abi {
	/* enum xdp_action has five codes (0..4); everything else is counted as "invalid". */
	XDP_EXPORTER_INVALID = 5,
	XDP_EXPORTER_ACTIONS = 6,
	/* Devices that one exporter counts at a time: the number of slots in every map. */
	XDP_EXPORTER_MAX_DEVICES = 256,
	/* Slot i holds lengths in (2^(i-1), 2^i]; the last one holds everything above 2^19. */
	XDP_EXPORTER_SIZE_SLOTS = 21,
};

/* How a program learns a frame's length; see frame_length() in account.h. */
enum xdp_exporter_length {
	XDP_EXPORTER_LENGTH_LINEAR = 0,
	XDP_EXPORTER_LENGTH_CAST = 1,
	XDP_EXPORTER_LENGTH_HELPER = 2,
};

/* Set in .rodata before load, per device. The verifier removes whatever a switch turns off. */
struct xdp_settings {
	__u32 device_slot;
	__u32 length_source;
	__u32 packet_sizes;
};

/* Value of xdp_traffic, keyed by slot * XDP_EXPORTER_ACTIONS + action. */
struct xdp_traffic {
	__u64 packets;
	__u64 bytes;
};

/* Value of xdp_packet_sizes, keyed by slot. */
struct xdp_packet_sizes {
	__u64 packets[XDP_EXPORTER_SIZE_SLOTS];
	__u64 bytes;
};

_Static_assert(sizeof(struct xdp_settings) == 12, "xdp_settings is three u32");
_Static_assert(sizeof(struct xdp_traffic) == 16, "xdp_traffic is two u64");
_Static_assert(sizeof(struct xdp_packet_sizes) == 8 * (XDP_EXPORTER_SIZE_SLOTS + 1),
	       "xdp_packet_sizes has no padding");

#endif
