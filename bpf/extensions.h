/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* skip_extensions(): what follows the extension headers of an IPv6 packet. */
#ifndef XDP_EXPORTER_EXTENSIONS_H
#define XDP_EXPORTER_EXTENSIONS_H

#include <linux/in.h>
#include <linux/in6.h>
#include <bpf/bpf_endian.h>

#include "cursor.h"

/* A packet with more is hostile or broken. The limit also bounds the loop below. */
#define MAX_EXTENSION_HEADERS 6

#define IPV6_FRAGMENT_OFFSET 0xfff8
#define IPV6_MOBILITY 135

/* The part that extension headers share, and the fragment header's offset. */
struct extension_header {
	__u8 next;
	__u8 length;
	__be16 fragment_offset;
};

/* Bytes of an extension header, or 0 where `protocol` is none that can be stepped over. */
static __always_inline __u32 extension_length(__u8 protocol, __u8 length)
{
	switch (protocol) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
	case IPV6_MOBILITY:
		return 8 + length * 8;
	case IPPROTO_FRAGMENT:
		return 8;
	case IPPROTO_AH:
		return 8 + length * 4;
	default:
		return 0;
	}
}

/* What step_over() found: the next protocol (bits 0..7), the bytes to step (bits 8..30), this flag. */
#define STEP_INTO_FRAGMENT 0x80000000
#define STEP_BYTES(step) ((step) >> 8 & 0x7fffff)
/* Further than any frame goes. */
#define STEP_TRUNCATED 0x7fffffff

/*
 * Looks at one extension header. A global function, so that the verifier judges it once by itself: inlined
 * into the loop its paths multiply, and a load takes 100 ms instead of 20.
 */
__noinline __u32 step_over(FRAME *frame, __u32 offset, __u8 protocol)
{
	struct cursor at = {.frame = frame, .offset = offset & CURSOR_OFFSET};
	struct extension_header copy, *extension;
	__u32 step;

	if (is_missing(frame))
		return STEP_TRUNCATED;
	extension = peek(&at, sizeof(*extension), &copy);
	if (!extension)
		return STEP_TRUNCATED;
	step = extension_length(protocol, extension->length) << 8 | extension->next;
	if (protocol == IPPROTO_FRAGMENT && (extension->fragment_offset & bpf_htons(IPV6_FRAGMENT_OFFSET)))
		step |= STEP_INTO_FRAGMENT;
	return step;
}

/* What skip_extensions() found: a word, as union link is. */
union extensions {
	struct {
		/* Where the first header begins that was not skipped. */
		__u32 offset;
		__u8 protocol;
		/* By enum xdp_exporter_malformed. */
		__u8 malformed;
		/* This is not the first fragment, so no header begins at `offset`. */
		__u8 in_fragment;
	};
	__u64 word;
};

/* Skips the extension headers from the first one, of kind `protocol`; returns a union extensions. */
__noinline __u64 skip_extensions(FRAME *frame, __u32 offset, __u32 end, __u8 protocol)
{
	union extensions found = {.offset = offset, .protocol = protocol};
	__u32 step;

	for (int i = 0; i < MAX_EXTENSION_HEADERS; i++) {
		step = step_over(frame, found.offset, found.protocol);
		found.offset += STEP_BYTES(step);
		if (found.offset > end) {
			found.malformed = XDP_EXPORTER_TRUNCATED_TRANSPORT;
			return found.word;
		}
		found.protocol = step;
		found.in_fragment = step >> 31;
		if (found.in_fragment || !extension_length(found.protocol, 0))
			return found.word;
	}
	found.malformed = XDP_EXPORTER_TOO_MANY_EXTENSIONS;
	return found.word;
}

#endif
