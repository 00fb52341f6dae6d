/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What a record says of its packet, and the class that the packet is counted by. */
#ifndef XDP_EXPORTER_RECORD_H
#define XDP_EXPORTER_RECORD_H

#include "packet.h"
#include "ring.h"

static __always_inline __u32 protocol_class(__u8 protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return XDP_EXPORTER_PROTOCOL_TCP;
	case IPPROTO_UDP:
		return XDP_EXPORTER_PROTOCOL_UDP;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return XDP_EXPORTER_PROTOCOL_ICMP;
	case IPPROTO_SCTP:
		return XDP_EXPORTER_PROTOCOL_SCTP;
	default:
		return XDP_EXPORTER_PROTOCOL_OTHER;
	}
}

static __always_inline void count_class(struct xdp_device *device, const struct packet *packet, __u64 length)
{
	struct xdp_traffic *traffic = &device->protocols[packet->family * XDP_EXPORTER_PROTOCOLS +
							 protocol_class(packet->protocol)];

	traffic->packets++;
	traffic->bytes += length;
	if (packet->malformed)
		device->malformed[packet->malformed & (XDP_EXPORTER_MALFORMED_REASONS - 1)]++;
}

/* What is known of a record before its packet is parsed. Written first, it takes no registers meanwhile. */
static __always_inline void begin_record(struct xdp_record *record, __u32 slot, __u32 rx_queue, __u64 length,
					 __u32 weight, __u64 position)
{
	record->length = length;
	record->weight = weight;
	record->slot = slot;
	record->rx_queue = rx_queue;
	record->mark = position_mark(position);
	record->time = settings.record_times ? bpf_ktime_get_ns() : 0;
}

/* The rest, after the parser wrote addresses, ports and the like. */
static __always_inline void end_record(struct xdp_record *record, const struct packet *packet, __u32 action)
{
	record->protocol = packet->protocol;
	record->class = action | packet->family << 3 | packet->malformed << 5;
}

#endif
