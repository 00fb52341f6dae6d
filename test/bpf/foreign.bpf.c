// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// Programs of somebody else's, of every shape that an observer may meet. Each returns the number that the
// first four bytes of the UDP payload are.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* Behind Ethernet, IPv4 and UDP. */
#define PAYLOAD 42
#define SOURCE 26

static __always_inline __u32 verdict_of(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	__u32 verdict;

	if (data + PAYLOAD + sizeof(verdict) > (void *)(long)ctx->data_end)
		return XDP_PASS;
	__builtin_memcpy(&verdict, data + PAYLOAD, sizeof(verdict));
	return verdict;
}

SEC("xdp")
int foreign_plain(struct xdp_md *ctx)
{
	return verdict_of(ctx);
}

/* What comes in its place. */
SEC("xdp")
int foreign_other(struct xdp_md *ctx)
{
	return verdict_of(ctx) == XDP_DROP ? XDP_DROP : XDP_PASS;
}

/* The kernel's name of a program ends after 15 characters. */
SEC("xdp")
int foreign_with_a_rather_long_name(struct xdp_md *ctx)
{
	return verdict_of(ctx);
}

static __noinline __u32 static_part(struct xdp_md *ctx)
{
	return verdict_of(ctx);
}

__noinline int global_part(struct xdp_md *ctx)
{
	return ctx->ingress_ifindex == 77777;
}

SEC("xdp")
int foreign_in_parts(struct xdp_md *ctx)
{
	__u32 verdict = static_part(ctx);

	return global_part(ctx) + verdict;
}

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} foreign_tails SEC(".maps");

/* Its own verdict is that of a missing tail. */
SEC("xdp")
int foreign_tail_call(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &foreign_tails, 0);
	return 99;
}

/* Writes over the source and takes the first bytes off, as a load balancer does. */
SEC("xdp")
int foreign_rewriting(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	__u32 verdict = verdict_of(ctx);

	if (data + SOURCE + sizeof(__u32) > (void *)(long)ctx->data_end)
		return verdict;
	*(__u32 *)(data + SOURCE) = 0x0a0a0a0a;
	bpf_xdp_adjust_head(ctx, 20);
	return verdict;
}

SEC("xdp")
int foreign_shortening(struct xdp_md *ctx)
{
	bpf_xdp_adjust_tail(ctx, -1);
	return XDP_PASS;
}

/* Calls what changes no length. */
SEC("xdp")
int foreign_asking(struct xdp_md *ctx)
{
	return bpf_get_prandom_u32() == bpf_ktime_get_ns() ? XDP_DROP : XDP_PASS;
}

/* The kernel knows what these take only by their section: BTF calls it something else, or by another type. */
SEC("xdp")
int foreign_untyped(void *ctx)
{
	return verdict_of(ctx);
}

struct own_context {
	__u32 data;
};

SEC("xdp")
int foreign_own_struct(struct own_context *ctx)
{
	return verdict_of((struct xdp_md *)ctx);
}

SEC("xdp")
long foreign_long(struct xdp_md *ctx)
{
	return verdict_of(ctx);
}

SEC("xdp")
enum xdp_action foreign_enum(struct xdp_md *ctx)
{
	return verdict_of(ctx);
}

char _license[] SEC("license") = "GPL";
