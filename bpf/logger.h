/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* log_packet(): a record of every packet, collected in batches per CPU and sent through that CPU's perf ring.
 */
#ifndef XDP_EXPORTER_LOGGER_H
#define XDP_EXPORTER_LOGGER_H

#include "packet.h"
#include "geometric.h"

#define ENOENT 2
#define ENOSPC 28

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, XDP_EXPORTER_MAX_DEVICES);
	__type(key, __u32);
	__type(value, struct xdp_logger);
} xdp_logger SEC(".maps");

/* One entry a possible CPU; user space sets max_entries before load, maps it and reads what is not yet sent.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xdp_batches);
} xdp_batches SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} xdp_events SEC(".maps");

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

/* The kernel refused a batch: its records are lost, each to the device that it came from. */
static __always_inline void count_lost(const struct xdp_batch *batch, long error)
{
	for (__u32 i = 0; i < XDP_EXPORTER_BATCH_RECORDS; i++) {
		__u32 slot = batch->records[i].slot;
		struct xdp_logger *logger = bpf_map_lookup_elem(&xdp_logger, &slot);

		if (!logger)
			continue;
		if (error == -ENOSPC)
			logger->ring_full++;
		else
			logger->no_ring++;
	}
}

/*
 * Sends a full batch without waking its reader (the ring's wakeup_events sees to that), and turns to the
 * other one: the reader may still be looking at this one through its own mapping, where it stays whole for
 * another turn.
 */
static __always_inline void send_batch(struct xdp_md *ctx, struct xdp_batches *batches,
				       struct xdp_batch *batch)
{
	__u64 size = settings.log_times ? sizeof(*batch) : __builtin_offsetof(struct xdp_batch, times);
	__u64 next = batches->sequence + 1;
	struct xdp_batch *other = &batches->batch[next & 1];
	long error = bpf_perf_event_output(ctx, &xdp_events, BPF_F_CURRENT_CPU, batch, size);

	if (error)
		count_lost(batch, error);
	other->count = 0;
	other->sequence = next;
	barrier();
	batches->sequence = next;
}

/* Makes the record that was written at `count` visible to the reader, and sends the batch once it is full. */
static __always_inline void commit(struct xdp_md *ctx, struct xdp_batches *batches, struct xdp_batch *batch,
				   __u32 count)
{
	if (settings.log_times)
		batch->times[count] = bpf_ktime_get_ns();
	barrier();
	batch->count = count + 1;
	if (count + 1 == XDP_EXPORTER_BATCH_RECORDS)
		send_batch(ctx, batches, batch);
}

/*
 * How many packets this one's record stands for, or 0 where sampling passes over it. The gap to the next
 * record is drawn only when one is made. Without sampling this stores nothing.
 */
static __always_inline __u32 sample(struct xdp_logger *logger, __u32 interval)
{
	__u32 weight = logger->gap + 1;

	if (interval > 1) {
		if (logger->countdown > 1) {
			logger->countdown--;
			logger->gap = weight;
			logger->sampled_out++;
			return 0;
		}
		logger->countdown = draw_gap(interval, bpf_get_prandom_u32());
	}
	if (weight > 1)
		logger->gap = 0;
	return weight;
}

/*
 * Parses and counts every packet, and records it unless sampling passes over it. The record is written where
 * it will be read, beyond the count that the reader believes: a copy would cost a third of the whole.
 */
static __always_inline void log_packet(struct xdp_md *ctx, __u32 verdict)
{
	__u32 slot = settings.device_slot;
	__u32 cpu = bpf_get_smp_processor_id();
	__u64 length = frame_length(ctx);
	struct xdp_logger *logger = bpf_map_lookup_elem(&xdp_logger, &slot);
	struct xdp_batches *batches = bpf_map_lookup_elem(&xdp_batches, &cpu);
	struct xdp_traffic *traffic;
	struct xdp_batch *batch;
	struct xdp_record *record;
	struct packet packet = {};
	__u32 count, weight;

	if (!logger || !batches)
		return;
	batch = &batches->batch[batches->sequence & 1];
	count = batch->count;
	/* Never so, unless someone wrote to the map; but the verifier must see it. */
	if (count >= XDP_EXPORTER_BATCH_RECORDS)
		count = 0;
	record = &batch->records[count];
	parse_packet(ctx, length, &packet, record);
	traffic =
		&logger->protocols[packet.family * XDP_EXPORTER_PROTOCOLS + protocol_class(packet.protocol)];
	traffic->packets++;
	traffic->bytes += length;
	if (packet.malformed)
		logger->malformed[packet.malformed & (XDP_EXPORTER_MALFORMED_REASONS - 1)]++;
	weight = sample(logger, batches->sample_interval);
	if (!weight)
		return;
	record->length = length;
	record->weight = weight;
	record->slot = slot;
	record->protocol = packet.protocol;
	record->class = action_of(verdict) | packet.family << 3 | packet.malformed << 5;
	commit(ctx, batches, batch, count);
}

#endif
