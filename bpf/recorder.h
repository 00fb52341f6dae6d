/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* record_packet(): a record of every packet that sampling does not pass over, put where user space reads. */
#ifndef XDP_EXPORTER_RECORDER_H
#define XDP_EXPORTER_RECORDER_H

#include "record.h"

/*
 * Nearly every packet: a plain one, without sampling, on a CPU whose ring has room. This makes no call, since
 * a call takes the registers of all that surrounds it. Where it returns false it has counted nothing.
 */
static __always_inline bool record_plain(struct xdp_md *ctx, struct xdp_device *device, __u32 action,
					 __u64 length)
{
	struct packet packet = {};
	struct xdp_record *record;
	struct xdp_ring *ring;
	__u64 head;

	/* Sampling has just ended, and the next record stands for those that it left out, too. */
	if (device->gap)
		return false;
	ring = find_ring();
	if (!ring || !has_room(ring))
		return false;
	head = ring->head;
	if (is_timed(head))
		return false;
	record = place_at(ring, head);
	begin_record(record, settings.slot, ctx->rx_queue_index, length);
	stamp_record(record, 1, head);
	if (!parse_plain(ctx, length, &packet, record))
		return false;
	count_class(device, class_of(&packet), packet.malformed, length);
	end_record(record, &packet, action);
	publish(ring, head + 1);
	return true;
}

/* The same for a packet that sampling leaves out, as most are under the heaviest load. */
static __always_inline bool leave_out_plain(struct xdp_md *ctx, struct xdp_device *device, __u64 length)
{
	struct xdp_record nowhere;
	struct packet packet = {};

	if (!is_left_out(device, sample_interval) || !parse_plain(ctx, length, &packet, &nowhere))
		return false;
	count_class(device, class_of(&packet), packet.malformed, length);
	leave_out(device);
	return true;
}

/*
 * Any packet, in any circumstances. A global function, so that the verifier judges it once by itself and not
 * for each path that leads here: a load would take three times as long. It finds the device anew, since such
 * functions take no pointer but the context before Linux 5.12.
 */
__noinline int record_any(struct xdp_md *ctx, __u32 action, __u32 length)
{
	__u32 slot = settings.slot, weight;
	struct xdp_device *device = bpf_map_lookup_elem(&xdp_devices, &slot);
	struct xdp_record elsewhere, *record = &elsewhere;
	struct xdp_ring *ring = NULL;
	struct packet packet = {};
	__u64 head = 0;

	if (!device)
		return 0;
	weight = sample(device);
	if (weight && settings.transport == XDP_EXPORTER_TRANSPORT_MAPPED)
		ring = find_room(device, weight);
	if (ring) {
		head = ring->head;
		record = place_at(ring, head);
	}
	begin_record(record, settings.slot, ctx->rx_queue_index, length);
	stamp_record(record, weight, head);
	if (weight && is_timed(ring ? head : device->traffic[XDP_PASS].packets))
		record->time = bpf_ktime_get_ns();
	parse_packet(ctx, length, &packet, record);
	count_class(device, class_of(&packet), packet.malformed, length);
	end_record(record, &packet, action);
	if (settings.transport == XDP_EXPORTER_TRANSPORT_PERF) {
		if (weight)
			send_record(ctx, device, &elsewhere);
	} else if (ring) {
		publish(ring, head + 1);
	}
	return 0;
}

/* Counts every packet by its class, and records it unless sampling leaves it out. */
static __always_inline void record_packet(struct xdp_md *ctx, struct xdp_device *device, __u32 action,
					  __u64 length)
{
	__u32 transport = settings.transport;

	if (transport == XDP_EXPORTER_TRANSPORT_NONE)
		return;
	if (sample_interval > 1) {
		if (leave_out_plain(ctx, device, length))
			return;
	} else if (transport == XDP_EXPORTER_TRANSPORT_MAPPED && record_plain(ctx, device, action, length)) {
		return;
	}
	record_any(ctx, action, length);
}

#endif
