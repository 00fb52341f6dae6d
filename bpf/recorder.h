/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* record_packet(): a record of every packet that sampling does not pass over, put where user space reads. */
#ifndef XDP_EXPORTER_RECORDER_H
#define XDP_EXPORTER_RECORDER_H

#include "packet.h"
#include "geometric.h"

#define ENOSPC 28

/* The inner map's value is a struct xdp_ring whose size user space chooses. */
struct ring_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct xdp_ring));
};

/* Keyed by CPU; empty where the CPU has no ring. The entries of this and the next two are set before load. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct ring_map);
} xdp_rings SEC(".maps");

/* The rings of the perf transport, keyed by CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} xdp_events SEC(".maps");

/* Packets that found no ring, keyed by CPU. User space maps it and so sees at once which CPU wants one. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} xdp_ringless SEC(".maps");

/* Written by user space: one packet in so many is recorded, at random; 0 and 1 are all. */
volatile __u32 sample_interval;

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

/*
 * Sampling leaves the next packet out. No gap is longer than this, unless the interval was: another process
 * may have written one.
 */
static __always_inline bool is_left_out(const struct xdp_device *device, __u32 interval)
{
	return device->countdown > 1 && device->countdown <= 8ULL * interval;
}

/* Leaves a packet out. */
static __always_inline void leave_out(struct xdp_device *device)
{
	device->countdown--;
	device->gap++;
	device->sampled_out++;
}

/*
 * How many packets this one's record stands for, or 0 where sampling leaves it out. The gap to the next
 * record is drawn only when one is made, since a random number costs 20 ns.
 */
static __always_inline __u32 sample(struct xdp_device *device)
{
	__u32 weight = device->gap + 1;
	__u32 interval = sample_interval;

	if (interval > 1) {
		if (is_left_out(device, interval)) {
			leave_out(device);
			return 0;
		}
		device->countdown = draw_gap(interval, bpf_get_prandom_u32());
	}
	device->gap = 0;
	return weight;
}

static __always_inline void count_ringless(struct xdp_device *device)
{
	__u32 cpu = bpf_get_smp_processor_id();
	__u64 *ringless = bpf_map_lookup_elem(&xdp_ringless, &cpu);

	device->no_ring++;
	if (ringless)
		(*ringless)++;
}

/*
 * Of a position, what tells it from the same place in the ring's next and last rounds, for rings of up to
 * 2^31 records: a reader that is led to a place that was not written finds another mark there.
 */
static __always_inline __u16 position_mark(__u64 position)
{
	return position ^ position >> 16;
}

/* What is known of a record before its packet is parsed. Written first, it takes no registers meanwhile. */
static __always_inline void begin_record(struct xdp_md *ctx, struct xdp_record *record, __u64 length,
					 __u32 weight, __u64 position)
{
	record->length = length;
	record->weight = weight;
	record->slot = settings.slot;
	record->rx_queue = ctx->rx_queue_index;
	record->mark = position_mark(position);
	record->time = settings.record_times ? bpf_ktime_get_ns() : 0;
}

/* The rest, after the parser wrote addresses, ports and the like. */
static __always_inline void end_record(struct xdp_record *record, const struct packet *packet, __u32 action)
{
	record->protocol = packet->protocol;
	record->class = action | packet->family << 3 | packet->malformed << 5;
}

/*
 * Shows the reader a record that was written. It loads `head` with acquire, so the record's stores must be
 * seen before this one. x86 keeps stores in order (Intel SDM vol. 3, 8.2.2), so there only the compiler must
 * be held back. Other machines may reorder them, and BPF has no store-release before Linux 6.15; but atomics
 * that return a value are fully ordered everywhere (Documentation/bpf/standardization/instruction-set.rst
 * since Linux 5.12), so there the store is an exchange whose result nobody wants.
 */
static __always_inline void publish(struct xdp_ring *ring, __u64 head)
{
#ifdef XDP_EXPORTER_EXCHANGE
	__sync_lock_test_and_set(&ring->head, head);
#else
	barrier();
	*(volatile __u64 *)&ring->head = head;
#endif
}

/* The ring of the CPU that this runs on, or NULL. */
static __always_inline struct xdp_ring *find_ring(void)
{
	__u32 cpu = bpf_get_smp_processor_id(), first = 0;
	void *map = bpf_map_lookup_elem(&xdp_rings, &cpu);

	return map ? bpf_map_lookup_elem(map, &first) : NULL;
}

/* One record fewer than the ring has places may wait, so the place at `head` is free to be written. */
static __always_inline bool has_room(const struct xdp_ring *ring)
{
	return ring->head - *(const volatile __u64 *)&ring->tail < settings.ring_mask;
}

/* The record is written in its place: a copy would cost a third of the whole. */
static __always_inline struct xdp_record *place_at(struct xdp_ring *ring, __u64 head)
{
	struct xdp_record *record = &ring->records[head & settings.ring_mask];

	/* Else the compiler computes it anew for every other field. */
	barrier_var(record);
	return record;
}

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
	record = place_at(ring, head);
	begin_record(ctx, record, length, 1, head);
	if (!parse_plain(ctx, length, &packet, record))
		return false;
	count_class(device, &packet, length);
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
	count_class(device, &packet, length);
	leave_out(device);
	return true;
}

/* A record is lost. The packets that sampling left out before it are for the next one to stand for. */
static __always_inline void keep_gap(struct xdp_device *device, __u32 weight)
{
	device->gap = weight - 1;
}

/* The CPU's ring, if it has room; otherwise the record is lost, and counted as that. */
static __always_inline struct xdp_ring *find_room(struct xdp_device *device, __u32 weight)
{
	struct xdp_ring *ring = find_ring();

	if (!ring)
		count_ringless(device);
	else if (has_room(ring))
		return ring;
	else
		device->ring_full++;
	keep_gap(device, weight);
	return NULL;
}

/* One sample for each record, without a wake-up: the ring's wakeup_events sees to that. */
static __always_inline void send_record(struct xdp_md *ctx, struct xdp_device *device,
					struct xdp_record *record)
{
	long error = bpf_perf_event_output(ctx, &xdp_events, BPF_F_CURRENT_CPU, record, sizeof(*record));

	if (error == -ENOSPC)
		device->ring_full++;
	else if (error)
		count_ringless(device);
	if (error)
		keep_gap(device, record->weight);
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
	begin_record(ctx, record, length, weight, head);
	parse_packet(ctx, length, &packet, record);
	count_class(device, &packet, length);
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
