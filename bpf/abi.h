/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What the BPF programs and user space agree on; src/kernel/abi.ts mirrors it and a test compares the two. */
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
	__u32 logger;
	/* Records also get the time of their packet. */
	__u32 log_times;
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

/* What a packet is, in a record's class: action in bits 0..2, family in 3..4, malformed in 5..7. */
enum xdp_exporter_family {
	XDP_EXPORTER_FAMILY_OTHER = 0,
	XDP_EXPORTER_FAMILY_IPV4 = 1,
	XDP_EXPORTER_FAMILY_IPV6 = 2,
	XDP_EXPORTER_FAMILIES = 3,
};

enum xdp_exporter_protocol {
	XDP_EXPORTER_PROTOCOL_OTHER = 0,
	XDP_EXPORTER_PROTOCOL_TCP = 1,
	XDP_EXPORTER_PROTOCOL_UDP = 2,
	XDP_EXPORTER_PROTOCOL_ICMP = 3,
	XDP_EXPORTER_PROTOCOL_SCTP = 4,
	XDP_EXPORTER_PROTOCOLS = 5,
};

enum xdp_exporter_malformed {
	XDP_EXPORTER_WELL_FORMED = 0,
	XDP_EXPORTER_TRUNCATED_LINK = 1,
	XDP_EXPORTER_TRUNCATED_NETWORK = 2,
	/* The version in the IP header is not the one that the ethertype announced. */
	XDP_EXPORTER_WRONG_VERSION = 3,
	/* Shorter than an IPv4 header can be. */
	XDP_EXPORTER_WRONG_HEADER_LENGTH = 4,
	/* Less than the header, or more than the frame holds. */
	XDP_EXPORTER_WRONG_TOTAL_LENGTH = 5,
	XDP_EXPORTER_TOO_MANY_EXTENSIONS = 6,
	XDP_EXPORTER_TRUNCATED_TRANSPORT = 7,
	XDP_EXPORTER_MALFORMED_REASONS = 8,
};

/* One packet. */
struct xdp_record {
	/* Network byte order; IPv4 as ::ffff:a.b.c.d; zero where the packet has none. */
	__u32 address[4];
	/* Network byte order; zero where the packet has none. A non-IP frame has its ethertype for a
	 * destination. */
	__u16 source_port;
	__u16 destination_port;
	__u32 length;
	/* Packets of this device on this CPU since the last record, this one included: 1 without sampling. */
	__u32 weight;
	__u16 slot;
	__u8 protocol;
	__u8 class;
};

#ifndef XDP_EXPORTER_BATCH_RECORDS
#define XDP_EXPORTER_BATCH_RECORDS 64
#endif

/* What one perf record carries, with or without the times (ns of CLOCK_MONOTONIC). */
struct xdp_batch {
	__u64 sequence;
	__u32 count;
	__u32 reserved;
	struct xdp_record records[XDP_EXPORTER_BATCH_RECORDS];
	__u64 times[XDP_EXPORTER_BATCH_RECORDS];
};

/* Value of xdp_batches, keyed by CPU. The batch being filled is batch[sequence & 1]. */
struct xdp_batches {
	__u64 sequence;
	/* Written by user space: one packet in so many is recorded; 0 and 1 are all. */
	__u32 sample_interval;
	__u32 reserved;
	struct xdp_batch batch[2];
};

/* Value of xdp_logger, keyed by slot, per CPU: seen = records sent or waiting + sampled_out + ring_full +
 * no_ring. */
struct xdp_logger {
	__u64 sampled_out;
	/* Records that were lost because the ring had no room (ENOSPC). */
	__u64 ring_full;
	/* Records that were lost because the CPU had no ring. */
	__u64 no_ring;
	/* By enum xdp_exporter_malformed. */
	__u64 malformed[XDP_EXPORTER_MALFORMED_REASONS];
	/* By family * XDP_EXPORTER_PROTOCOLS + protocol. */
	struct xdp_traffic protocols[XDP_EXPORTER_FAMILIES * XDP_EXPORTER_PROTOCOLS];
	/* Packets to pass over until the next record, and since the last one. */
	__u32 countdown;
	__u32 gap;
};

_Static_assert(sizeof(struct xdp_settings) == 20, "xdp_settings is five u32");
_Static_assert(sizeof(struct xdp_traffic) == 16, "xdp_traffic is two u64");
_Static_assert(sizeof(struct xdp_packet_sizes) == 8 * (XDP_EXPORTER_SIZE_SLOTS + 1),
	       "xdp_packet_sizes has no padding");

_Static_assert(sizeof(struct xdp_record) == 32, "xdp_record is half a cache line");
_Static_assert(sizeof(struct xdp_batch) == 16 + 40 * XDP_EXPORTER_BATCH_RECORDS, "xdp_batch has no padding");
_Static_assert(sizeof(struct xdp_batches) == 16 + 2 * sizeof(struct xdp_batch), "xdp_batches has no padding");

#endif
