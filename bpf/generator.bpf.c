// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// The traffic generator: writes each live frame of BPF_PROG_TEST_RUN anew and redirects it to a device.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

/* src/generator/settings.ts mirrors these limits and structs. The first two are powers of two. */
enum generator_limits {
	GENERATOR_STREAMS = 32,
	GENERATOR_TURNS = 1024,
	/* Ethernet, a VLAN tag, IPv6 and TCP are 78 bytes. */
	GENERATOR_HEADER_WORDS = 10,
};

enum generator_draw {
	GENERATOR_CYCLE = 0,
	GENERATOR_UNIFORM = 1,
	GENERATOR_SKEWED = 2,
};

/* One kind of frame. Its payload is zero, so that the checksums depend on nothing but what stands here. */
struct generator_stream {
	/* As sent, but for the last 32 bits of both addresses, the destination port, the lengths and the
	 * checksums: those are zero. */
	__u64 header[GENERATOR_HEADER_WORDS];
	__u32 family;
	/* From the start of the frame. */
	__u32 ip_offset;
	/* Source i has the last 32 bits first_source + i, in host order. */
	__u32 first_source;
	__u32 sources;
	__u32 source_draw;
	/* Number of groups of a skewed draw: the bits that `sources` takes. */
	__u32 source_groups;
	/* The same of the destination. */
	__u32 first_destination;
	__u32 destinations;
	__u32 destination_draw;
	__u32 destination_groups;
	/* Frame i of the stream has first_length + i % lengths bytes. */
	__u32 first_length;
	__u32 lengths;
	/* Unfolded sums of the header's part in the two checksums. */
	__u32 ip_sum;
	__u32 transport_sum;
	/* Times that the transport checksum has the length: UDP 2, TCP and ICMPv6 1, ICMP 0 (nor the
	 * addresses).
	 */
	__u32 length_terms;
	__u32 checksum_offset;
	/* 0: no such field. */
	__u32 udp_length_offset;
	/* Frame i of the stream goes to port first_port + i % ports; 0: no such field. */
	__u32 port_offset;
	__u32 first_port;
	__u32 ports;
};

/* Set in .rodata before load. */
struct generator_settings {
	__u64 seed;
	/* Where live frames say that they come from, and where they are to go: interface indexes. */
	__u32 ingress;
	__u32 egress;
	/* Frame n of the run is of stream turn[n % turns]. */
	__u32 turns;
	__u8 turn[GENERATOR_TURNS];
	struct generator_stream streams[GENERATOR_STREAMS];
};

/* Plain counters, since a test run is one thread. */
struct generator_progress {
	__u64 frames;
	__u64 bytes;
	__u64 stream_frames[GENERATOR_STREAMS];
};

const volatile struct generator_settings settings = {};
struct generator_progress progress = {};

#define IPV4_LENGTH 20
#define IPV6_LENGTH 40
/* What every frame has room for; only IPv6 headers reach further. */
#define FIRST_BYTES 56
#define HEADER_BYTES 78

/* SplitMix64: frame n of a seed is the same in every run, and cheaper than bpf_get_prandom_u32(). */
static __always_inline __u64 random_of(__u64 n)
{
	__u64 z = settings.seed + (n + 1) * 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* 32 random bits to a number below `limit`. */
static __always_inline __u32 scale(__u32 random, __u32 limit)
{
	return (__u64)random * limit >> 32;
}

/*
 * Address 0 has the share that 1 and 2 have together, that 3 to 6 have together, and so on: near Zipf's law,
 * by which address i has 1/(i+1) of the first one's. The last group may be cut short.
 */
static __always_inline __u32 skewed(__u32 count, __u32 groups, __u64 random)
{
	__u32 size = 1U << (scale(random >> 32, groups) & 31);
	__u32 first = size - 1;
	__u32 rest = count - first;

	return first + scale(random, size < rest ? size : rest);
}

/* A number below `count`: for the nth frame of a stream, or, at random, for the draw `n`. */
static __always_inline __u32 pick(__u32 count, __u32 draw, __u32 groups, __u64 n, __u64 nth)
{
	if (count == 1)
		return 0;
	if (draw == GENERATOR_UNIFORM)
		return scale(random_of(n), count);
	if (draw == GENERATOR_SKEWED)
		return skewed(count, groups, random_of(n));
	return nth % count;
}

static __always_inline __u32 pick_source(const volatile struct generator_stream *stream, __u64 n, __u64 nth)
{
	return stream->first_source +
	       pick(stream->sources, stream->source_draw, stream->source_groups, n, nth);
}

/* Draws of its own: a destination says nothing of the source. No run has so many frames that they meet. */
static __always_inline __u32 pick_destination(const volatile struct generator_stream *stream, __u64 n,
					      __u64 nth)
{
	return stream->first_destination + pick(stream->destinations, stream->destination_draw,
						stream->destination_groups, n | 1ULL << 63, nth);
}

static __always_inline __u32 sum_of(__u32 address)
{
	return (address >> 16) + (address & 0xffff);
}

static __always_inline __be16 checksum_of(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	/* Zero means "no checksum" in UDP; its other form is as good everywhere. */
	return bpf_htons(sum == 0xffff ? sum : ~sum & 0xffff);
}

/* The whole header, each time: pages are recycled, and the receiver may have changed what they hold. */
static __always_inline void copy_header(void *data, void *end, const volatile struct generator_stream *stream)
{
	const volatile __u16 *rest = (const volatile __u16 *)stream->header;

#pragma unroll
	for (int i = 0; i < FIRST_BYTES / 8; i++)
		((__u64 *)data)[i] = stream->header[i];
#pragma unroll
	for (int i = FIRST_BYTES / 2; i < HEADER_BYTES / 2; i++) {
		if (data + 2 * i + 2 > end)
			break;
		((__u16 *)data)[i] = rest[i];
	}
}

static __always_inline void put(void *data, void *end, __u32 offset, __be16 value)
{
	__be16 *field = data + (offset & 127);

	if ((void *)(field + 1) <= end)
		*field = value;
}

SEC("xdp")
int generator(struct xdp_md *ctx)
{
	__u64 n = progress.frames;
	__u32 index = settings.turn[n % settings.turns & (GENERATOR_TURNS - 1)] & (GENERATOR_STREAMS - 1);
	const volatile struct generator_stream *stream = &settings.streams[index];
	__u64 nth = progress.stream_frames[index];
	__u32 length = stream->first_length + nth % stream->lengths;
	__u32 ip_offset = stream->ip_offset & 31;
	__u32 source = pick_source(stream, n, nth);
	__u32 destination = pick_destination(stream, n, nth);
	__u32 addresses = sum_of(source) + sum_of(destination);
	__u32 sum = stream->transport_sum;
	int missing = (int)length - (int)(ctx->data_end - ctx->data);
	__u32 transport_length;
	void *data, *ip, *end;

	/* Real frames, of the device that the program is held on: see src/generator/program.ts. */
	if (ctx->ingress_ifindex != settings.ingress)
		return XDP_PASS;
	if (missing && bpf_xdp_adjust_tail(ctx, missing))
		return XDP_ABORTED;
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	ip = data + ip_offset;
	if (data + FIRST_BYTES > end || ip + IPV6_LENGTH > end)
		return XDP_ABORTED;

	copy_header(data, end, stream);
	if (stream->family == 4) {
		__u32 ip_length = length - ip_offset;

		*(__be16 *)(ip + 2) = bpf_htons(ip_length);
		*(__be16 *)(ip + 10) = checksum_of(stream->ip_sum + ip_length + addresses);
		*(__be32 *)(ip + 12) = bpf_htonl(source);
		*(__be32 *)(ip + 16) = bpf_htonl(destination);
		transport_length = ip_length - IPV4_LENGTH;
	} else {
		transport_length = length - ip_offset - IPV6_LENGTH;
		*(__be16 *)(ip + 4) = bpf_htons(transport_length);
		*(__be32 *)(ip + 20) = bpf_htonl(source);
		*(__be32 *)(ip + 36) = bpf_htonl(destination);
	}
	if (stream->length_terms)
		sum += addresses + stream->length_terms * transport_length;
	if (stream->port_offset) {
		__u32 port = stream->first_port + nth % stream->ports;

		sum += port;
		put(data, end, stream->port_offset, bpf_htons(port));
	}
	put(data, end, stream->checksum_offset, checksum_of(sum));
	if (stream->udp_length_offset)
		put(data, end, stream->udp_length_offset, bpf_htons(transport_length));

	progress.frames = n + 1;
	progress.bytes += length;
	progress.stream_frames[index] = nth + 1;
	return bpf_redirect(settings.egress, 0);
}

char _license[] SEC("license") = "Dual BSD/GPL";
