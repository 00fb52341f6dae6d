/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* parse_packet(): what a frame's headers say, read without ever trusting a length that they claim. */
#ifndef XDP_EXPORTER_PACKET_H
#define XDP_EXPORTER_PACKET_H

#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>

#include "extensions.h"
#include "link.h"

#define IP_FRAGMENT_OFFSET 0x1fff

/* TCP, UDP and SCTP all begin with these. */
struct ports {
	__be16 source;
	__be16 destination;
} __attribute__((aligned(4)));

/* Where in a TCP header its flags are. */
#define TCP_FLAGS 13

/* By enum xdp_exporter_family and xdp_exporter_malformed; the protocol is IANA's number, or 0 for none. */
struct packet {
	__u8 family;
	__u8 protocol;
	__u8 malformed;
};

static __always_inline __u8 parse_ports(struct cursor *at, __u8 protocol, struct xdp_record *record)
{
	struct ports copy, *ports;
	__u8 flags_copy, *flags;

	if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP && protocol != IPPROTO_SCTP)
		return XDP_EXPORTER_WELL_FORMED;
	ports = peek(at, sizeof(*ports), &copy);
	if (!ports || at->offset + sizeof(*ports) > at->end)
		return XDP_EXPORTER_TRUNCATED_TRANSPORT;
	__builtin_memcpy(&record->source_port, ports, sizeof(*ports));
	if (protocol == IPPROTO_TCP && at->offset + TCP_FLAGS < at->end) {
		at->offset += TCP_FLAGS;
		flags = peek(at, sizeof(*flags), &flags_copy);
		if (flags)
			record->tcp_flags = *flags;
	}
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

	if (!ip || at->offset + sizeof(*ip) > at->end)
		return XDP_EXPORTER_TRUNCATED_NETWORK;
	if (ip->version != 4)
		return XDP_EXPORTER_WRONG_VERSION;
	header_length = ip->ihl * 4;
	if (header_length < sizeof(*ip))
		return XDP_EXPORTER_WRONG_HEADER_LENGTH;
	record->source[0] = ip->saddr;
	record->destination[0] = ip->daddr;
	record->hop_limit = ip->ttl;
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

static __always_inline __u8 parse_ipv6(struct cursor *at, struct packet *packet, struct xdp_record *record)
{
	struct ipv6hdr copy, *ip = peek(at, sizeof(*ip), &copy);
	union extensions found;

	if (!ip || at->offset + sizeof(*ip) > at->end)
		return XDP_EXPORTER_TRUNCATED_NETWORK;
	if (ip->version != 6)
		return XDP_EXPORTER_WRONG_VERSION;
	__builtin_memcpy(record->source, &ip->saddr, sizeof(record->source));
	__builtin_memcpy(record->destination, &ip->daddr, sizeof(record->destination));
	record->hop_limit = ip->hop_limit;
	packet->protocol = ip->nexthdr;
	at->offset += sizeof(*ip);
	if (!end_packet(at, bpf_ntohs(ip->payload_len)))
		return XDP_EXPORTER_WRONG_TOTAL_LENGTH;
	if (extension_length(packet->protocol, 0)) {
		found.word = skip_extensions(at->frame, at->offset, at->end, packet->protocol);
		packet->protocol = found.protocol;
		if (found.malformed || found.in_fragment)
			return found.malformed;
		at->offset = found.offset & CURSOR_OFFSET;
	}
	return parse_ports(at, packet->protocol, record);
}

static __always_inline __u8 parse_headers(struct cursor *at, struct packet *packet, struct xdp_record *record)
{
	union link link = find_ip(at);

	record->vlan = link.vlan;
	if (link.malformed)
		return link.malformed;
	at->offset = link.offset;
	if (link.limit != NO_LIMIT)
		at->end = at->offset + link.limit;
	switch (link.ethertype) {
	case bpf_htons(ETH_P_IP):
		packet->family = XDP_EXPORTER_FAMILY_IPV4;
		return parse_ipv4(at, packet, record);
	case bpf_htons(ETH_P_IPV6):
		packet->family = XDP_EXPORTER_FAMILY_IPV6;
		return parse_ipv6(at, packet, record);
	default:
		/* Below that it is no ethertype but the length of an LLC frame. */
		if (bpf_ntohs(link.ethertype) >= ETH_P_802_3_MIN)
			record->destination_port = link.ethertype;
		return XDP_EXPORTER_WELL_FORMED;
	}
}

/* The IP header of a packet without options or fragments, of at most `rest` bytes. */
static __always_inline bool parse_plain_ipv4(const struct iphdr *ip, __u64 rest, struct packet *packet,
					     struct xdp_record *record, __u32 *payload)
{
	__u32 total_length = bpf_ntohs(ip->tot_len);

	if (*(__u8 *)ip != 0x45 || total_length < sizeof(*ip) || total_length > rest ||
	    ip->frag_off & bpf_htons(IP_FRAGMENT_OFFSET))
		return false;
	((__u64 *)record->source)[0] = ip->saddr;
	((__u64 *)record->source)[1] = 0;
	((__u64 *)record->destination)[0] = ip->daddr;
	((__u64 *)record->destination)[1] = 0;
	record->hop_limit = ip->ttl;
	packet->family = XDP_EXPORTER_FAMILY_IPV4;
	packet->protocol = ip->protocol;
	*payload = total_length - sizeof(*ip);
	return true;
}

/* The same, of one without extension headers. */
static __always_inline bool parse_plain_ipv6(const struct ipv6hdr *ip, __u64 rest, struct packet *packet,
					     struct xdp_record *record, __u32 *payload)
{
	*payload = bpf_ntohs(ip->payload_len);
	if (*(__u8 *)ip >> 4 != 6 || sizeof(*ip) + *payload > rest)
		return false;
	__builtin_memcpy(record->source, &ip->saddr, sizeof(record->source));
	__builtin_memcpy(record->destination, &ip->daddr, sizeof(record->destination));
	record->hop_limit = ip->hop_limit;
	packet->family = XDP_EXPORTER_FAMILY_IPV6;
	packet->protocol = ip->nexthdr;
	return true;
}

/* An IPv4 header, and of TCP what matters here; before them Ethernet and a tag. */
#define PLAIN_IP_BYTES (sizeof(struct iphdr) + TCP_FLAGS + 1)
#define PLAIN_BYTES (sizeof(struct ethernet) + sizeof(struct vlan_tag) + PLAIN_IP_BYTES)

/*
 * Nearly every packet has this shape: Ethernet with one tag or none, or nothing, then IPv4 or IPv6 without
 * options, fragments or extension headers, TCP or UDP, all within the lengths that it claims. A few tests and
 * no steps. Whatever fails them is for parse_packet(), which judges it; what this wrote of it counts for
 * nothing.
 */
static __always_inline bool parse_plain(FRAME *frame, __u64 length, struct packet *packet,
					struct xdp_record *record)
{
	void *end = plain_end(frame);
	void *network = plain_start(frame);
	__u64 rest = length;
	__be16 ethertype;
	__u8 *transport;
	__u32 payload;

	if (network + (settings.link == XDP_EXPORTER_LINK_IP ? PLAIN_IP_BYTES : PLAIN_BYTES) > end)
		return false;
	record->vlan = 0;
	if (settings.link == XDP_EXPORTER_LINK_IP) {
		ethertype = *(__u8 *)network >> 4 == 6 ? bpf_htons(ETH_P_IPV6) : bpf_htons(ETH_P_IP);
	} else {
		struct ethernet *ethernet = network;

		ethertype = ethernet->ethertype;
		network = ethernet + 1;
		rest -= sizeof(*ethernet);
		if (ethertype == bpf_htons(ETH_P_8021Q)) {
			struct vlan_tag *tag = network;

			record->vlan = bpf_ntohs(tag->control) & VLAN_ID;
			ethertype = tag->ethertype;
			network = tag + 1;
			rest -= sizeof(*tag);
		}
	}
	if (ethertype == bpf_htons(ETH_P_IP)) {
		transport = network + sizeof(struct iphdr);
		if (!parse_plain_ipv4(network, rest, packet, record, &payload))
			return false;
	} else if (ethertype == bpf_htons(ETH_P_IPV6)) {
		transport = network + sizeof(struct ipv6hdr);
		if ((void *)(transport + TCP_FLAGS + 1) > end ||
		    !parse_plain_ipv6(network, rest, packet, record, &payload))
			return false;
	} else {
		return false;
	}
	if (payload < sizeof(struct ports) ||
	    (packet->protocol != IPPROTO_TCP && packet->protocol != IPPROTO_UDP))
		return false;
	*(__u32 *)&record->source_port = *(__u32 *)transport;
	record->tcp_flags = 0;
	if (packet->protocol == IPPROTO_TCP && payload > TCP_FLAGS)
		record->tcp_flags = transport[TCP_FLAGS];
	return true;
}

/* Any packet: class and protocol go to `packet`, addresses, ports and the rest to `record`. */
static __always_inline void parse_packet(FRAME *frame, __u32 length, struct packet *packet,
					 struct xdp_record *record)
{
	struct cursor at = {.frame = frame, .end = length};

	((__u64 *)record->source)[0] = 0;
	((__u64 *)record->source)[1] = 0;
	((__u64 *)record->destination)[0] = 0;
	((__u64 *)record->destination)[1] = 0;
	*(__u32 *)&record->source_port = 0;
	record->vlan = 0;
	record->tcp_flags = 0;
	record->hop_limit = 0;
	packet->malformed = parse_headers(&at, packet, record);
}

#endif
