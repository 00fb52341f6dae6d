/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Where records go: the ring that user space maps, or one perf event each. */
#ifndef XDP_EXPORTER_RING_H
#define XDP_EXPORTER_RING_H

#include "sampling.h"

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
 * One record in so many of a ring has the time of its packet: enough to tell which packets came within the
 * same milliseconds, however late they are read. To ask the clock for each would take three times what a
 * record costs.
 */
#define TIMED_RECORDS 256

static __always_inline bool is_timed(__u64 count)
{
	return !(count & (TIMED_RECORDS - 1));
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
static __always_inline void send_record(void *ctx, struct xdp_device *device, struct xdp_record *record)
{
	long error = bpf_perf_event_output(ctx, &xdp_events, BPF_F_CURRENT_CPU, record, sizeof(*record));

	if (error == -ENOSPC)
		device->ring_full++;
	else if (error)
		count_ringless(device);
	if (error)
		keep_gap(device, record->weight);
}

#endif
