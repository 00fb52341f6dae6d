// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// Counts and records what another's XDP program decides: one program at its entry, one at its end. Both only
// read.
#include "observed.h"

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
	seen->packet = packet;
	return 0;
}

/* The headers, while they are as they came. */
static __always_inline void parse_observed(struct observation *seen, struct extent frame)
{
	struct head *head = &seen->head;
	struct packet packet = {};
	__u32 copied = frame.linear < HEAD_BYTES ? frame.linear : HEAD_BYTES;
	__u32 is_linear = frame.linear == frame.length;

	/* Linux 6.1 forgets the bound where the compiler puts the number aside. */
	barrier_var(copied);
	copied &= HEAD_MASK;
	if (bpf_probe_read_kernel(head->bytes, copied, (void *)frame.start))
		is_linear = frame.linear = copied = 0;
	head->address = frame.start;
	head->linear = frame.linear;
	head->copied = copied;
	if (parse_plain(head, frame.length, &packet, &seen->record))
		seen->packet = packet;
	else
		parse_any(frame.length, is_linear);
}

/* A packet of a device that nobody wants leaves nothing behind. */
SEC("fentry")
int observe_entry(__u64 *ctx)
{
	struct xdp_buff *xdp = (struct xdp_buff *)ctx[0];
	struct observation *seen = find_observation();
	struct xdp_rxq_info *queue;
	struct extent frame;
	__u32 slot;

	if (!seen)
		return 0;
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
		begin_record(&seen->record, slot - 1, FIELD(queue, queue_index), frame.length, 0, 0);
		parse_observed(seen, frame);
	}
	return 0;
}

/* The record was written when the packet came; what it lacks is known now. */
static __always_inline void record_observed(void *ctx, struct xdp_device *device, struct observation *seen,
					    __u32 action)
{
	struct packet packet = seen->packet;
	__u32 weight = sample(device);
	struct xdp_record *record;
	struct xdp_ring *ring;
	__u64 head;

	/* The verifier does not know what the map holds. */
	if (packet.family >= XDP_EXPORTER_FAMILIES)
		return;
	count_class(device, &packet, seen->length);
	if (!weight)
		return;
	seen->record.weight = weight;
	end_record(&seen->record, &packet, action);
	if (settings.transport == XDP_EXPORTER_TRANSPORT_PERF) {
		send_record(ctx, device, &seen->record);
		return;
	}
	ring = find_room(device, weight);
	if (!ring)
		return;
	head = ring->head;
	record = place_at(ring, head);
	*record = seen->record;
	record->mark = position_mark(head);
	publish(ring, head + 1);
}

/*
 * The entry was not seen: the kernel does not run a program that it is just running on this CPU, as where an
 * interrupt brings a packet between the two. The packet counts as its program left it.
 */
static __always_inline void count_without_entry(struct observation *seen, struct xdp_buff *xdp, __u32 action)
{
	struct xdp_rxq_info *queue = FIELD(xdp, rxq);
	__u32 slot = find_slot(seen, queue);
	struct packet unknown = {};
	struct xdp_device *device;
	__u64 length;

	if (!slot--)
		return;
	device = bpf_map_lookup_elem(&xdp_devices, &slot);
	if (!device)
		return;
	length = measure(xdp).length;
	count(device, action, length);
	device->no_entry++;
	if (settings.transport != XDP_EXPORTER_TRANSPORT_NONE)
		count_class(device, &unknown, length);
}

/*
 * Where the program's BTF does not say what it takes, its verdict is not behind its argument: only the helper
 * finds it (Linux 5.17).
 */
SEC("fexit")
int observe_exit(__u64 *ctx)
{
	struct xdp_buff *xdp = (struct xdp_buff *)ctx[0];
	struct observation *seen = find_observation();
	struct xdp_device *device;
	__u64 verdict = 0;
	__u32 action;

	if (!seen)
		return 0;
	bpf_get_func_ret(ctx, &verdict);
	action = action_of(verdict);
	if (seen->context != (__u64)xdp) {
		count_without_entry(seen, xdp, action);
		return 0;
	}
	seen->context = 0;
	device = bpf_map_lookup_elem(&xdp_devices, &seen->slot);
	if (!device)
		return 0;
	count(device, action, seen->length);
	if (settings.transport != XDP_EXPORTER_TRANSPORT_NONE)
		record_observed(ctx, device, seen, action);
	return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
