/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What a record says of its packet, and the class that the packet is counted by. */
#ifndef XDP_EXPORTER_RECORD_H
#define XDP_EXPORTER_RECORD_H

#include "packet.h"
#include "ring.h"

/* Where in xdp_device.protocols a packet counts. */
static __always_inline __u32 class_of(const struct packet *packet)
{
	if (packet->family == XDP_EXPORTER_FAMILY_OTHER)
		return 0;
	return 1 + (packet->family - 1) * XDP_EXPORTER_PROTOCOLS + packet->protocol_class;
}

static __always_inline void count_class(struct xdp_device *device, __u32 class, __u8 malformed, __u64 length)
{
	struct xdp_traffic *traffic = &device->protocols[class];

	traffic->packets++;
	traffic->bytes += length;
	if (malformed)
		device->malformed[malformed & (XDP_EXPORTER_MALFORMED_REASONS - 1)]++;
}

/* What is known of a record before its packet is parsed. Written first, it takes no registers meanwhile. */
static __always_inline void begin_record(struct xdp_record *record, __u32 slot, __u32 rx_queue, __u64 length)
{
	record->length = length;
	record->slot = slot;
	record->rx_queue = rx_queue;
	record->time = settings.record_times ? bpf_ktime_get_ns() : 0;
}

/* Where in a record's class the parts of it begin that follow the action. */
#define RECORD_FAMILY 3
#define RECORD_MALFORMED 5

/* What the packet is, after the parser wrote addresses, ports and the like. */
static __always_inline void end_record(struct xdp_record *record, const struct packet *packet, __u32 action)
{
	record->protocol = packet->protocol;
	record->class = action | packet->family << RECORD_FAMILY | packet->malformed << RECORD_MALFORMED;
}

/* Of the record's place. */
static __always_inline void stamp_record(struct xdp_record *record, __u32 weight, __u64 position)
{
	record->weight = weight;
	record->mark = position_mark(position);
}

#endif
