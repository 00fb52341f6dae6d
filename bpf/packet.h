/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* parse_packet(): what a frame's headers say, read without ever trusting a length that they claim. */
#ifndef XDP_EXPORTER_PACKET_H
#define XDP_EXPORTER_PACKET_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>

#include "account.h"

/* Beyond these a frame is hostile or broken. Both bounds also end the loops below. */
#define MAX_VLAN_TAGS 2
#define MAX_EXTENSION_HEADERS 6

#define IP_FRAGMENT_OFFSET 0x1fff
#define IPV6_FRAGMENT_OFFSET 0xfff8
#define IPV6_MOBILITY 135

/* As struct ethhdr, but for its packing, which would have the type read byte by byte. */
struct ethernet {
	__u8 destination[6];
	__u8 source[6];
	__be16 ethertype;
};

struct vlan_tag {
	__be16 control;
	__be16 ethertype;
};

/* TCP, UDP and SCTP all begin with these. */
struct ports {
	__be16 source;
	__be16 destination;
} __attribute__((aligned(4)));

/* The part that IPv6 extension headers share, and the fragment header's offset. */
struct extension_header {
	__u8 next;
	__u8 length;
	__be16 fragment_offset;
};

/* By enum xdp_exporter_family and xdp_exporter_malformed; the protocol is IANA's number, 0 where there is
 * none. */
struct packet {
	__u8 family;
	__u8 protocol;
	__u8 malformed;
};

/* A frame and how far it has been read, in bytes. */
struct cursor {
	struct xdp_md *ctx;
	__u32 offset;
	/* Where the frame ends, and past its IP header where the packet does: behind that is padding. */
	__u32 end;
};

/*
 * `size` bytes at the cursor: in place where the frame is linear there, else copied to `copy`, since a driver
 * may keep as little as 14 bytes of a multi-buffer frame in its linear part. NULL where the frame has no such
 * bytes.
 */
static __always_inline void *peek(const struct cursor *at, __u32 size, void *copy)
{
	void *start = (void *)(long)at->ctx->data + at->offset;

	if (start + size <= (void *)(long)at->ctx->data_end)
		return start;
	if (settings.length_source != XDP_EXPORTER_LENGTH_LINEAR &&
	    bpf_xdp_load_bytes(at->ctx, at->offset, copy, size) == 0)
		return copy;
	return NULL;
}

static __always_inline bool is_vlan(__be16 ethertype)
{
	return ethertype == bpf_htons(ETH_P_8021Q) || ethertype == bpf_htons(ETH_P_8021AD);
}

/* Steps over VLAN tags to the ethertype behind them. */
static __always_inline __u8 parse_tags(struct cursor *at, __be16 *ethertype)
{
	struct vlan_tag copy, *tag;

	for (int i = 0; i < MAX_VLAN_TAGS && is_vlan(*ethertype); i++) {
		tag = peek(at, sizeof(*tag), &copy);
		if (!tag)
			return XDP_EXPORTER_TRUNCATED_LINK;
		*ethertype = tag->ethertype;
		at->offset += sizeof(*tag);
	}
	return XDP_EXPORTER_WELL_FORMED;
}

static __always_inline __u8 parse_ports(struct cursor *at, __u8 protocol, struct xdp_record *record)
{
	struct ports copy, *ports;

	if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP && protocol != IPPROTO_SCTP)
		return XDP_EXPORTER_WELL_FORMED;
	ports = peek(at, sizeof(*ports), &copy);
	if (!ports || at->offset + sizeof(*ports) > at->end)
		return XDP_EXPORTER_TRUNCATED_TRANSPORT;
	__builtin_memcpy(&record->source_port, ports, sizeof(*ports));
	return XDP_EXPORTER_WELL_FORMED;
}

/*
 * Ends the packet where its header says that `length` bytes end, which must be within the frame. Only an
 * aggregate above 64 KiB (BIG TCP in generic mode, a jumbogram) may not say, and has a length of 0.
 */
static __always_inline bool end_packet(struct cursor *at, __u32 length)
{
	__u32 rest = at->end - at->offset;

	if (!length && rest > 0xffff)
		return true;
	at->end = at->offset + length;
	return length <= rest;
}

static __always_inline __u8 parse_ipv4(struct cursor *at, struct packet *packet, struct xdp_record *record)
{
	struct iphdr copy, *ip = peek(at, sizeof(*ip), &copy);
	__u32 header_length;

	if (!ip)
		return XDP_EXPORTER_TRUNCATED_NETWORK;
	if (ip->version != 4)
		return XDP_EXPORTER_WRONG_VERSION;
	header_length = ip->ihl * 4;
	if (header_length < sizeof(*ip))
		return XDP_EXPORTER_WRONG_HEADER_LENGTH;
	record->address[2] = bpf_htonl(0xffff);
	record->address[3] = ip->saddr;
	packet->protocol = ip->protocol;
	if (at->offset + header_length > at->end)
		return XDP_EXPORTER_TRUNCATED_NETWORK;
	if (!end_packet(at, bpf_ntohs(ip->tot_len)) || at->offset + header_length > at->end)
		return XDP_EXPORTER_WRONG_TOTAL_LENGTH;
	if (ip->frag_off & bpf_htons(IP_FRAGMENT_OFFSET))
		return XDP_EXPORTER_WELL_FORMED;
	at->offset += header_length;
	return parse_ports(at, packet->protocol, record);
}

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
__noinline __u32 step_over(struct xdp_md *ctx, __u32 offset, __u8 protocol)
{
	struct cursor at = {.ctx = ctx, .offset = offset & 0x7fff};
	struct extension_header copy, *extension = peek(&at, sizeof(*extension), &copy);
	__u32 step;

	if (!extension)
		return STEP_TRUNCATED;
	step = extension_length(protocol, extension->length) << 8 | extension->next;
	if (protocol == IPPROTO_FRAGMENT && (extension->fragment_offset & bpf_htons(IPV6_FRAGMENT_OFFSET)))
		step |= STEP_INTO_FRAGMENT;
	return step;
}

static __always_inline __u8 parse_ipv6(struct cursor *at, struct packet *packet, struct xdp_record *record)
{
	struct ipv6hdr copy, *ip = peek(at, sizeof(*ip), &copy);
	__u32 step;

	if (!ip)
		return XDP_EXPORTER_TRUNCATED_NETWORK;
	if (ip->version != 6)
		return XDP_EXPORTER_WRONG_VERSION;
	__builtin_memcpy(record->address, &ip->saddr, sizeof(record->address));
	packet->protocol = ip->nexthdr;
	at->offset += sizeof(*ip);
	if (!end_packet(at, bpf_ntohs(ip->payload_len)))
		return XDP_EXPORTER_WRONG_TOTAL_LENGTH;
	for (int i = 0; i < MAX_EXTENSION_HEADERS && extension_length(packet->protocol, 0); i++) {
		step = step_over(at->ctx, at->offset, packet->protocol);
		at->offset += STEP_BYTES(step);
		if (at->offset > at->end)
			return XDP_EXPORTER_TRUNCATED_TRANSPORT;
		packet->protocol = step;
		if (step & STEP_INTO_FRAGMENT)
			return XDP_EXPORTER_WELL_FORMED;
	}
	if (extension_length(packet->protocol, 0))
		return XDP_EXPORTER_TOO_MANY_EXTENSIONS;
	at->offset &= 0x7fff;
	return parse_ports(at, packet->protocol, record);
}

static __always_inline __u8 parse_network(struct cursor *at, __be16 ethertype, struct packet *packet,
					  struct xdp_record *record)
{
	switch (ethertype) {
	case bpf_htons(ETH_P_IP):
		packet->family = XDP_EXPORTER_FAMILY_IPV4;
		return parse_ipv4(at, packet, record);
	case bpf_htons(ETH_P_IPV6):
		packet->family = XDP_EXPORTER_FAMILY_IPV6;
		return parse_ipv6(at, packet, record);
	default:
		/* Below that it is no ethertype but the length of an LLC frame. */
		if (bpf_ntohs(ethertype) >= ETH_P_802_3_MIN)
			record->destination_port = ethertype;
		return XDP_EXPORTER_WELL_FORMED;
	}
}

static __always_inline __u8 parse_headers(struct cursor *at, struct packet *packet, struct xdp_record *record)
{
	struct ethernet copy, *ethernet = peek(at, sizeof(*ethernet), &copy);
	__be16 ethertype;

	if (!ethernet)
		return XDP_EXPORTER_TRUNCATED_LINK;
	ethertype = ethernet->ethertype;
	at->offset += sizeof(*ethernet);
	/* Compiled for a constant offset: most frames have no tags, and pay less. */
	if (!is_vlan(ethertype))
		return parse_network(at, ethertype, packet, record);
	if (parse_tags(at, &ethertype))
		return XDP_EXPORTER_TRUNCATED_LINK;
	return parse_network(at, ethertype, packet, record);
}

/*
 * Nearly every packet has this shape: IPv4 without tags, options or fragments, TCP or UDP, ports within the
 * total length. One test and no steps; whatever fails it is parsed header by header, and so is judged there.
 */
static __always_inline bool parse_plain(struct xdp_md *ctx, __u32 length, struct packet *packet,
					struct xdp_record *record)
{
	struct ethernet *ethernet = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(ethernet + 1);
	__u32 *ports = (void *)(ip + 1);
	__u32 total_length;

	if ((void *)(ports + 1) > (void *)(long)ctx->data_end)
		return false;
	total_length = bpf_ntohs(ip->tot_len);
	if (ethernet->ethertype != bpf_htons(ETH_P_IP) || *(__u8 *)ip != 0x45 ||
	    total_length < sizeof(*ip) + sizeof(*ports) || sizeof(*ethernet) + total_length > length ||
	    ip->frag_off & bpf_htons(IP_FRAGMENT_OFFSET) ||
	    (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP))
		return false;
	((__u64 *)record->address)[0] = 0;
	((__u64 *)record->address)[1] = (__u64)ip->saddr << 32 | bpf_htonl(0xffff);
	*(__u32 *)&record->source_port = *ports;
	packet->family = XDP_EXPORTER_FAMILY_IPV4;
	packet->protocol = ip->protocol;
	return true;
}

/* Fills in what the headers give: class and protocol in `packet`, address and ports in `record`. */
static __always_inline void parse_packet(struct xdp_md *ctx, __u32 length, struct packet *packet,
					 struct xdp_record *record)
{
	struct cursor at = {.ctx = ctx, .end = length};

	if (parse_plain(ctx, length, packet, record))
		return;
	((__u64 *)record->address)[0] = 0;
	((__u64 *)record->address)[1] = 0;
	*(__u32 *)&record->source_port = 0;
	packet->malformed = parse_headers(&at, packet, record);
}

#endif
