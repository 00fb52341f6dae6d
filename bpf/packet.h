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

struct packet {
	/* By enum xdp_exporter_family. */
	__u8 family;
	/* IANA's number, or 0 for none; and by enum xdp_exporter_protocol. */
	__u8 protocol;
	__u8 protocol_class;
	/* By enum xdp_exporter_malformed. */
	__u8 malformed;
};

/* Bits of the flags byte. */
#define FLAG_FIN 0x01
#define FLAG_SYN 0x02
#define FLAG_RST 0x04
#define FLAG_ACK 0x10

/* Four bits for each set of FIN, SYN and RST, in the order of their bits; TCP without them is class 0. */
#define CLASSES_BY_FLAGS(syn)                                                                                \
	(0x10U * XDP_EXPORTER_PROTOCOL_TCP_FIN | 0x1100U * (syn) |                                           \
	 0x11110000U * XDP_EXPORTER_PROTOCOL_TCP_RST)

/*
 * The class of every set of flags, those with ACK in the upper half. A reset is one whatever else is set, and
 * a SYN is none the less one with FIN, as connection tracking sees them (get_conntrack_index() in
 * net/netfilter/nf_conntrack_proto_tcp.c). One word, since a flood may mix flags so that no branch can be
 * foreseen, and a table in memory would have to be looked up.
 */
static const __u64 tcp_classes = (__u64)CLASSES_BY_FLAGS(XDP_EXPORTER_PROTOCOL_TCP_SYNACK) << 32 |
				 CLASSES_BY_FLAGS(XDP_EXPORTER_PROTOCOL_TCP_SYN);

/* The mask is for the verifier: what it lets through is still a class of the family. */
static __always_inline __u8 tcp_class(__u8 flags)
{
	__u32 set = flags & (FLAG_FIN | FLAG_SYN | FLAG_RST);
	__u32 with_ack = flags & FLAG_ACK;

	return tcp_classes >> (set * 4 + with_ack * 2) & 7;
}

static __always_inline __u8 protocol_class(__u8 protocol, __u8 tcp_flags)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return tcp_class(tcp_flags);
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

/*
 * The word at an address, by one read, though the compiler would rather have bytes of it: of another's packet
 * each read takes ten instructions.
 */
#define WORD_AT(address) (*(const volatile __u64 *)(address))

/* The first words of a plain packet, from the version to behind the ports. */
union ipv4_words {
	__u64 words[3];
	struct {
		struct iphdr ip;
		__u32 ports;
	};
};

/*
 * A packet without options or fragments, of at most `rest` bytes. `payload` is what follows its IP header,
 * with room for ports.
 */
static __always_inline bool parse_plain_ipv4(const void *network, __u64 rest, struct packet *packet,
					     struct xdp_record *record, __u32 *payload)
{
	union ipv4_words head;
	__u32 total_length;

	head.words[0] = WORD_AT(network);
	total_length = bpf_ntohs(head.ip.tot_len);
	if (*(__u8 *)&head != 0x45 || total_length < sizeof(head) || total_length > rest ||
	    head.ip.frag_off & bpf_htons(IP_FRAGMENT_OFFSET))
		return false;
	head.words[1] = WORD_AT(network + 8);
	head.words[2] = WORD_AT(network + 16);
	((__u64 *)record->source)[0] = head.ip.saddr;
	((__u64 *)record->source)[1] = 0;
	((__u64 *)record->destination)[0] = head.ip.daddr;
	((__u64 *)record->destination)[1] = 0;
	*(__u32 *)&record->source_port = head.ports;
	record->hop_limit = head.ip.ttl;
	packet->family = XDP_EXPORTER_FAMILY_IPV4;
	packet->protocol = head.ip.protocol;
	*payload = total_length - sizeof(head.ip);
	return true;
}

/* The same, of one without extension headers. */
static __always_inline bool parse_plain_ipv6(const void *network, __u64 rest, struct packet *packet,
					     struct xdp_record *record, __u32 *payload)
{
	union {
		__u64 word;
		struct ipv6hdr ip;
	} head;

	head.word = WORD_AT(network);
	*payload = bpf_ntohs(head.ip.payload_len);
	if (*(__u8 *)&head >> 4 != 6 || *payload < sizeof(struct ports) || sizeof(head.ip) + *payload > rest)
		return false;
	((__u64 *)record->source)[0] = WORD_AT(network + 8);
	((__u64 *)record->source)[1] = WORD_AT(network + 16);
	((__u64 *)record->destination)[0] = WORD_AT(network + 24);
	((__u64 *)record->destination)[1] = WORD_AT(network + 32);
	*(__u32 *)&record->source_port = *(__u32 *)(network + sizeof(head.ip));
	record->hop_limit = head.ip.hop_limit;
	packet->family = XDP_EXPORTER_FAMILY_IPV6;
	packet->protocol = head.ip.nexthdr;
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
	__u8 *transport, tcp_flags;
	__be16 ethertype;
	__u32 payload;

	record->vlan = 0;
	if (settings.link == XDP_EXPORTER_LINK_IP) {
		if (network + PLAIN_IP_BYTES > end)
			return false;
		ethertype = *(__u8 *)network >> 4 == 6 ? bpf_htons(ETH_P_IPV6) : bpf_htons(ETH_P_IP);
	} else {
		struct ethernet *ethernet = network;

		if (network + PLAIN_BYTES > end)
			return false;
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
	switch (packet->protocol) {
	case IPPROTO_TCP:
		tcp_flags = payload > TCP_FLAGS ? transport[TCP_FLAGS] : 0;
		packet->protocol_class = tcp_class(tcp_flags);
		record->tcp_flags = tcp_flags;
		return true;
	case IPPROTO_UDP:
		packet->protocol_class = XDP_EXPORTER_PROTOCOL_UDP;
		record->tcp_flags = 0;
		return true;
	default:
		return false;
	}
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
	packet->protocol_class = protocol_class(packet->protocol, record->tcp_flags);
}

#endif
