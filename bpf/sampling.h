/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* sample(): which packets are recorded, and how many each record stands for. */
#ifndef XDP_EXPORTER_SAMPLING_H
#define XDP_EXPORTER_SAMPLING_H

#include "count.h"
#include "geometric.h"

/* Written by user space: one packet in so many is recorded, at random; 0 and 1 are all. */
volatile __u32 sample_interval;

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

/* A record is lost. The packets that sampling left out before it are for the next one to stand for. */
static __always_inline void keep_gap(struct xdp_device *device, __u32 weight)
{
	device->gap = weight - 1;
}

#endif
