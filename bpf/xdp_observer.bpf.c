// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// Counts and records what another's XDP program decides: one program at its entry and one at its end, or one
// at its end alone. They only read.
#include "observed.h"

/* What the packet was, for its end. */
static __always_inline void keep_packet(struct observation *seen, const struct packet *packet)
{
	seen->class = class_of(packet);
	end_record(&seen->record, packet, 0);
}

/*
 * Any packet. A global function, so that the verifier judges it once by itself: see record_any(). It finds
 * the observation anew, since before Linux 5.12 such functions take numbers only.
 */
__noinline int parse_any(__u32 length, __u32 is_linear)
{
	struct observation *seen = find_observation();
	struct packet packet = {};

	if (!seen)
		return 0;
	parse_packet(&seen->head, length, &packet, &seen->record);
	/* Headers in fragments cannot be read from here, but are there. */
	if (!is_linear)
		packet.malformed = XDP_EXPORTER_WELL_FORMED;
	keep_packet(seen, &packet);
	return 0;
}

/* The headers, while they are as they came. */
static __always_inline void parse_observed(struct observation *seen, struct extent frame)
{
	struct head *head = &seen->head;
	struct packet packet = {};

	take_head(head, frame.start, frame.end);
	if (parse_plain(head, frame.length, &packet, &seen->record))
		keep_packet(seen, &packet);
	else
		parse_any(frame.length, head->end - head->address == frame.length);
}

/* A packet of a device that nobody wants leaves nothing behind. */
SEC("fentry")
int observe_entry(__u64 *ctx)
{
	struct xdp_buff *xdp = context_of(ctx);
	struct observation *seen = find_observation();
	struct xdp_rxq_info *queue;
	struct extent frame;
	__u32 slot;

	if (!seen)
		return obey_lockdown();
	queue = FIELD(xdp, rxq);
	slot = find_slot(seen, queue);
	if (!slot) {
		seen->context = 0;
		return 0;
	}
	frame = measure(xdp);
	seen->slot = slot - 1;
	seen->length = frame.length;
	seen->context = (__u64)xdp;
	if (settings.transport != XDP_EXPORTER_TRANSPORT_NONE) {
		begin_record(&seen->record, slot - 1, FIELD(queue, queue_index), frame.length);
		parse_observed(seen, frame);
	}
	return 0;
}

/* The record was written when the packet came; what it lacks is known now. */
static __always_inline void record_observed(void *ctx, struct xdp_device *device, struct observation *seen,
					    __u32 action)
{
	__u8 class = seen->record.class | action;
	__u32 weight = sample(device);
	struct xdp_record *record;
	struct xdp_ring *ring;
	__u64 head;

	/* The verifier does not know what the map holds. */
	if (seen->class >= XDP_EXPORTER_CLASSES)
		return;
	count_class(device, seen->class, class >> RECORD_MALFORMED, seen->length);
	if (!weight)
		return;
	if (settings.transport == XDP_EXPORTER_TRANSPORT_PERF) {
		seen->record.class = class;
		seen->record.weight = weight;
		if (is_timed(device->traffic[action].packets))
			seen->record.time = bpf_ktime_get_ns();
		send_record(ctx, device, &seen->record);
		return;
	}
	ring = find_room(device, weight);
	if (!ring)
		return;
	head = ring->head;
	record = place_at(ring, head);
	*record = seen->record;
	record->class = class;
	stamp_record(record, weight, head);
	if (is_timed(head))
		record->time = bpf_ktime_get_ns();
	publish(ring, head + 1);
}

/*
 * Where the program's BTF does not say what it takes, its verdict is not behind its argument: only the helper
 * finds it (Linux 5.17).
 */
static __always_inline __u32 action_at_end(__u64 *ctx)
{
	__u64 returned = 0;
	__u32 verdict;

	bpf_get_func_ret(ctx, &returned);
	verdict = returned;
	/* The compiler would test one copy and use another, which the verifier then knows nothing of. */
	barrier_var(verdict);
	return action_of(verdict);
}

/* Where a packet was counted as its program left it: no device where nobody wants it. */
struct leaving {
	struct xdp_device *device;
	__u64 length;
};

static __always_inline struct leaving count_leaving(struct observation *seen, __u64 *ctx)
{
	struct xdp_buff *xdp = context_of(ctx);
	__u32 slot = find_slot(seen, FIELD(xdp, rxq));
	struct leaving leaving = {};

	if (!slot--)
		return leaving;
	leaving.device = bpf_map_lookup_elem(&xdp_devices, &slot);
	if (!leaving.device)
		return leaving;
	leaving.length = measure(xdp).length;
	count(leaving.device, action_at_end(ctx), leaving.length);
	return leaving;
}

/*
 * The entry was not seen: the kernel does not run a program that it is just running on this CPU, as where an
 * interrupt brings a packet between the two.
 */
static __always_inline void count_without_entry(struct observation *seen, __u64 *ctx)
{
	struct leaving leaving = count_leaving(seen, ctx);
	struct packet unknown = {};

	if (!leaving.device)
		return;
	leaving.device->no_entry++;
	if (settings.transport != XDP_EXPORTER_TRANSPORT_NONE)
		count_class(leaving.device, class_of(&unknown), XDP_EXPORTER_WELL_FORMED, leaving.length);
}

SEC("fexit")
int observe_exit(__u64 *ctx)
{
	struct observation *seen = find_observation();
	struct xdp_device *device;
	__u32 action;

	if (!seen)
		return obey_lockdown();
	if (seen->context != ctx[0]) {
		count_without_entry(seen, ctx);
		return 0;
	}
	seen->context = 0;
	device = bpf_map_lookup_elem(&xdp_devices, &seen->slot);
	if (!device)
		return 0;
	action = action_at_end(ctx);
	count(device, action, seen->length);
	if (settings.transport != XDP_EXPORTER_TRANSPORT_NONE)
		record_observed(ctx, device, seen, action);
	return 0;
}

/* In place of both, where the logger is off and the program leaves each packet as long as it came. */
SEC("fexit")
int observe_end_alone(__u64 *ctx)
{
	struct observation *seen = find_observation();

	if (!seen)
		return obey_lockdown();
	count_leaving(seen, ctx);
	return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
