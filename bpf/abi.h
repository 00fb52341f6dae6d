/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What the BPF programs and user space agree on. src/kernel/layout.ts is generated from its BTF. */
#ifndef XDP_EXPORTER_ABI_H
#define XDP_EXPORTER_ABI_H

#include <linux/types.h>

/* enum xdp_action has five codes (0..4); everything else is counted as "invalid". */
enum xdp_exporter_action {
	XDP_EXPORTER_INVALID = 5,
	XDP_EXPORTER_ACTIONS = 6,
};

/* How a program learns a frame's length; see frame_length() in count.h. */
enum xdp_exporter_length {
	XDP_EXPORTER_LENGTH_LINEAR = 0,
	XDP_EXPORTER_LENGTH_CAST = 1,
	XDP_EXPORTER_LENGTH_HELPER = 2,
};

/* What a device's frames begin with. */
enum xdp_exporter_link {
	XDP_EXPORTER_LINK_ETHERNET = 0,
	/* An IPv4 or IPv6 header: tun, WireGuard, PPP, GRE, IPIP and their like. */
	XDP_EXPORTER_LINK_IP = 1,
};

/* How records reach user space. */
enum xdp_exporter_transport {
	XDP_EXPORTER_TRANSPORT_NONE = 0,
	XDP_EXPORTER_TRANSPORT_MAPPED = 1,
	XDP_EXPORTER_TRANSPORT_PERF = 2,
};

/* Set in .rodata before load, per device. The verifier removes whatever a switch turns off. */
struct xdp_settings {
	/* Key of the device in xdp_devices. */
	__u32 slot;
	enum xdp_exporter_length length_source;
	enum xdp_exporter_link link;
	enum xdp_exporter_transport transport;
	/* Records of a mapped ring, a power of two, minus one. */
	__u32 ring_mask;
	/* Switches: packets are also counted by size; records also get the time of their packet. */
	__u32 packet_sizes;
	__u32 record_times;
};

/* Key of xdp_targets: a device. Its index alone is that of others in other network namespaces. */
struct xdp_target {
	__u32 ifindex;
	/* The inode of the namespace. */
	__u32 netns;
};

struct xdp_traffic {
	__u64 packets;
	__u64 bytes;
};

enum xdp_exporter_sizes {
	/* Slot i holds lengths in (2^(i-1), 2^i]; the last one holds everything above 2^19. */
	XDP_EXPORTER_SIZE_SLOTS = 21,
};

enum xdp_exporter_family {
	XDP_EXPORTER_FAMILY_OTHER = 0,
	XDP_EXPORTER_FAMILY_IPV4 = 1,
	XDP_EXPORTER_FAMILY_IPV6 = 2,
	XDP_EXPORTER_FAMILIES = 3,
};

/* TCP is five protocols here, by flags, so that counting them costs no counter of their own: see tcp_class().
 */
enum xdp_exporter_protocol {
	/* None of the flags below, or none that is in the packet. */
	XDP_EXPORTER_PROTOCOL_TCP = 0,
	XDP_EXPORTER_PROTOCOL_TCP_SYN = 1,
	XDP_EXPORTER_PROTOCOL_TCP_SYNACK = 2,
	XDP_EXPORTER_PROTOCOL_TCP_RST = 3,
	XDP_EXPORTER_PROTOCOL_TCP_FIN = 4,
	XDP_EXPORTER_PROTOCOL_UDP = 5,
	XDP_EXPORTER_PROTOCOL_ICMP = 6,
	XDP_EXPORTER_PROTOCOL_SCTP = 7,
	XDP_EXPORTER_PROTOCOL_OTHER = 8,
};

#define XDP_EXPORTER_PROTOCOLS (XDP_EXPORTER_PROTOCOL_OTHER + 1)

/* What is not IP is one class, and has no protocol; behind it every protocol of IPv4, then of IPv6. */
#define XDP_EXPORTER_CLASSES (1 + (XDP_EXPORTER_FAMILIES - 1) * XDP_EXPORTER_PROTOCOLS)

enum xdp_exporter_malformed {
	XDP_EXPORTER_WELL_FORMED = 0,
	XDP_EXPORTER_TRUNCATED_LINK = 1,
	XDP_EXPORTER_TRUNCATED_NETWORK = 2,
	/* The version in the IP header does not match the link header, or is undefined. */
	XDP_EXPORTER_WRONG_VERSION = 3,
	/* Shorter than an IPv4 header can be. */
	XDP_EXPORTER_WRONG_HEADER_LENGTH = 4,
	/* Less than the header, or more than the frame holds. */
	XDP_EXPORTER_WRONG_TOTAL_LENGTH = 5,
	XDP_EXPORTER_TOO_MANY_EXTENSIONS = 6,
	XDP_EXPORTER_TRUNCATED_TRANSPORT = 7,
	XDP_EXPORTER_MALFORMED_REASONS = 8,
};

/*
 * Value of xdp_devices, keyed by slot, per CPU: all that is counted of a device, so that one lookup serves a
 * packet and one batch read a scrape. At rest the packets of all actions = records read + sampled_out +
 * ring_full + no_ring + no_entry. The outcomes come first: the kernel copies a value from its start, so a
 * copy never holds an outcome without the packet, which was counted before.
 */
struct xdp_device {
	/* Packets to pass over until the next record, and since the last one. */
	__u32 countdown;
	__u32 gap;
	/* Packets that sampling passed over. */
	__u64 sampled_out;
	/* Records that were lost because the ring had no room. */
	__u64 ring_full;
	/* Records that were lost because the CPU had no ring. */
	__u64 no_ring;
	/* Packets of an observed program whose entry was not seen: without record, and as long as it left
	 * them. */
	__u64 no_entry;
	/* By action. */
	struct xdp_traffic traffic[XDP_EXPORTER_ACTIONS];
	/* By size of the frame. */
	__u64 sizes[XDP_EXPORTER_SIZE_SLOTS];
	/* By enum xdp_exporter_malformed. */
	__u64 malformed[XDP_EXPORTER_MALFORMED_REASONS];
	/* By class: see XDP_EXPORTER_CLASSES. */
	struct xdp_traffic protocols[XDP_EXPORTER_CLASSES];
};

/* One packet, in one cache line. Addresses and ports in network byte order, zero where it has none. */
struct xdp_record {
	/* An IPv4 address takes the first word; the others are zero. */
	__u32 source[4];
	__u32 destination[4];
	__u16 source_port;
	/* A frame that is not IP has its ethertype here. */
	__u16 destination_port;
	__u32 length;
	/* Packets of this device on this CPU since the last record, this one included: 1 without sampling. */
	__u32 weight;
	__u16 slot;
	/* IANA's number; zero where the packet has none. */
	__u8 protocol;
	/* Action in bits 0..2, family in 3..4, malformed in 5..7. */
	__u8 class;
	/* ns of CLOCK_MONOTONIC, or zero: see is_timed(). With settings.record_times every record has it. */
	__u64 time;
	/* Of the outermost tag; zero where there is none. */
	__u16 vlan;
	__u16 rx_queue;
	__u8 tcp_flags;
	/* TTL of IPv4. */
	__u8 hop_limit;
	/* Tells a record that was written at its position from one that was not: see position_mark(). */
	__u16 mark;
};

/*
 * Value of a map in xdp_rings: a ring that both sides map. Positions only grow; record n is at n & ring_mask.
 * Each position has a cache line of its own, since the other CPU would wait for the line at each store.
 */
struct xdp_ring {
	/* Records written. */
	__u64 head;
	__u64 head_line[7];
	/* Records read: written by user space. */
	__u64 tail;
	__u64 tail_line[7];
	struct xdp_record records[];
};

_Static_assert(sizeof(struct xdp_settings) == 28, "xdp_settings is seven u32");
_Static_assert(sizeof(struct xdp_traffic) == 16, "xdp_traffic is two u64");
_Static_assert(sizeof(struct xdp_record) == 64, "xdp_record is a cache line");
_Static_assert(sizeof(struct xdp_ring) == 128, "xdp_ring is two cache lines before the records");

#endif
