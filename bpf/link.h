/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* find_ip(): where in a frame its IP packet begins, behind VLAN tags, PPPoE or MPLS, or at the very start. */
#ifndef XDP_EXPORTER_LINK_H
#define XDP_EXPORTER_LINK_H

#include <linux/if_ether.h>
#include <linux/mpls.h>
#include <linux/ppp_defs.h>
#include <bpf/bpf_endian.h>

#include "cursor.h"

/*
 * A frame with more headers than this counts as one that is not IP, and shows the ethertype of the first
 * header that was not read. The limits also bound the loops below.
 */
#define MAX_VLAN_TAGS 3
#define MAX_MPLS_LABELS 8

#define VLAN_ID 0x0fff
/* Version and type of RFC 2516, in one byte. */
#define PPPOE_VERSION_TYPE 0x11
#define PPPOE_CODE_SESSION 0

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

struct pppoe {
	__u8 version_type;
	__u8 code;
	__be16 session;
	/* Bytes that follow, the protocol included. */
	__be16 length;
	/* The protocol of PPP, which is the first part of what follows. */
	__be16 protocol;
};

/* What find_ip() found. It fits a word because a global function can return nothing larger. */
union link {
	struct {
		/* ETH_P_IP or ETH_P_IPV6 if such a packet begins at `offset`, else that of the frame. */
		__be16 ethertype;
		/* Id of the outermost tag in host byte order, or 0. */
		__u16 vlan;
		/* The packet has at most this many bytes; what follows them is padding. */
		__u16 limit;
		__u8 offset;
		/* By enum xdp_exporter_malformed. */
		__u8 malformed;
	};
	__u64 word;
};

/* The packet may fill the rest of the frame. Only PPPoE sets a limit, which is always below this. */
#define NO_LIMIT 0xffff

static __always_inline bool is_vlan(__be16 ethertype)
{
	return ethertype == bpf_htons(ETH_P_8021Q) || ethertype == bpf_htons(ETH_P_8021AD) ||
	       ethertype == bpf_htons(ETH_P_QINQ1);
}

/* IP may follow, but behind more headers. */
static __always_inline bool is_encapsulation(__be16 ethertype)
{
	return is_vlan(ethertype) || ethertype == bpf_htons(ETH_P_PPP_SES) ||
	       ethertype == bpf_htons(ETH_P_MPLS_UC) || ethertype == bpf_htons(ETH_P_MPLS_MC);
}

/* The ethertype of an IP packet by the version in its first byte; 0 where there is no such version. */
static __always_inline __be16 ip_ethertype(__u8 first)
{
	switch (first >> 4) {
	case 4:
		return bpf_htons(ETH_P_IP);
	case 6:
		return bpf_htons(ETH_P_IPV6);
	default:
		return 0;
	}
}

/*
 * Steps over at most `most` tags. This function and the next two return false if the frame ends within the
 * headers that they read.
 */
static __always_inline bool read_tags(struct cursor *at, union link *link, int most)
{
	struct vlan_tag copy, *tag;

	for (int i = 0; i < most && is_vlan(link->ethertype); i++) {
		tag = peek(at, sizeof(*tag), &copy);
		if (!tag)
			return false;
		if (i == 0)
			link->vlan = bpf_ntohs(tag->control) & VLAN_ID;
		link->ethertype = tag->ethertype;
		at->offset += sizeof(*tag);
	}
	return true;
}

/*
 * A frame of another version, type or code is no session that we know, and one of another protocol carries no
 * IP: both keep the ethertype of PPPoE. A length that the frame cannot hold, or that leaves no room for the
 * protocol, counts as truncated.
 */
static __always_inline bool read_pppoe(struct cursor *at, union link *link)
{
	struct pppoe copy, *pppoe = peek(at, offsetof(struct pppoe, protocol), &copy);
	__u32 length;

	if (!pppoe)
		return false;
	if (pppoe->version_type != PPPOE_VERSION_TYPE || pppoe->code != PPPOE_CODE_SESSION)
		return true;
	length = bpf_ntohs(pppoe->length);
	pppoe = peek(at, sizeof(*pppoe), &copy);
	if (!pppoe || length < sizeof(pppoe->protocol) ||
	    at->offset + offsetof(struct pppoe, protocol) + length > at->end)
		return false;
	if (pppoe->protocol == bpf_htons(PPP_IP))
		link->ethertype = bpf_htons(ETH_P_IP);
	else if (pppoe->protocol == bpf_htons(PPP_IPV6))
		link->ethertype = bpf_htons(ETH_P_IPV6);
	link->limit = length - sizeof(pppoe->protocol);
	at->offset += sizeof(*pppoe);
	return true;
}

/*
 * Labels do not say what follows the stack, so IP is recognized by its version, as routers do when they hash
 * flows. Pseudowires and stacks that are too deep keep the ethertype of MPLS.
 */
static __always_inline bool read_labels(struct cursor *at, union link *link)
{
	__u8 first_copy, *first;
	__be32 copy, *label;

	for (int i = 0; i < MAX_MPLS_LABELS; i++) {
		label = peek(at, sizeof(*label), &copy);
		if (!label)
			return false;
		at->offset += sizeof(*label);
		if (!(*label & bpf_htonl(MPLS_LS_S_MASK)))
			continue;
		first = peek(at, sizeof(*first), &first_copy);
		if (!first)
			return false;
		if (ip_ethertype(*first))
			link->ethertype = ip_ethertype(*first);
		return true;
	}
	return true;
}

static __always_inline bool read_encapsulation(struct cursor *at, union link *link)
{
	if (!read_tags(at, link, MAX_VLAN_TAGS))
		return false;
	switch (link->ethertype) {
	case bpf_htons(ETH_P_PPP_SES):
		return read_pppoe(at, link);
	case bpf_htons(ETH_P_MPLS_UC):
	case bpf_htons(ETH_P_MPLS_MC):
		return read_labels(at, link);
	default:
		return true;
	}
}

/*
 * Reads all headers between the Ethernet header and an IP packet; returns a union link. This is a global
 * function so that the verifier checks it once, and not again for each path that leads out of it.
 */
__noinline __u64 find_deep_ip(FRAME *frame, __u32 length, __be16 ethertype)
{
	struct cursor at = {.frame = frame, .offset = sizeof(struct ethernet), .end = length};
	union link link = {.ethertype = ethertype, .limit = NO_LIMIT};

	if (is_missing(frame) || !read_encapsulation(&at, &link))
		link.malformed = XDP_EXPORTER_TRUNCATED_LINK;
	link.offset = at.offset;
	return link.word;
}

/* Most frames have at most one tag. They are spared the call, which costs 13 ns. */
static __always_inline union link find_ip_in_ethernet(struct cursor *at)
{
	struct ethernet copy, *ethernet = peek(at, sizeof(*ethernet), &copy);
	union link link = {.limit = NO_LIMIT};
	__be16 outer;

	if (!ethernet) {
		link.malformed = XDP_EXPORTER_TRUNCATED_LINK;
		return link;
	}
	outer = link.ethertype = ethernet->ethertype;
	at->offset += sizeof(*ethernet);
	if (!read_tags(at, &link, 1))
		link.malformed = XDP_EXPORTER_TRUNCATED_LINK;
	else if (is_encapsulation(link.ethertype))
		link.word = find_deep_ip(at->frame, at->end, outer);
	else
		link.offset = at->offset;
	return link;
}

/* Without Ethernet headers the version in the first byte is all that tells what a frame is. */
static __always_inline union link find_ip(struct cursor *at)
{
	union link link = {.limit = NO_LIMIT};
	__u8 copy, *first;

	if (settings.link != XDP_EXPORTER_LINK_IP)
		return find_ip_in_ethernet(at);
	first = peek(at, sizeof(*first), &copy);
	if (!first) {
		link.malformed = XDP_EXPORTER_TRUNCATED_NETWORK;
		return link;
	}
	link.ethertype = ip_ethertype(*first);
	if (!link.ethertype)
		link.malformed = XDP_EXPORTER_WRONG_VERSION;
	return link;
}

#endif
