// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// Runs the program under test as it is, and notes the time every so many runs: finer than the whole
// nanoseconds of BPF_PROG_TEST_RUN, and without the calls around it. test/bench/stopwatch.ts knows this
// layout.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

enum stopwatch_limits {
	STOPWATCH_LAP_RUNS = 2048,
	STOPWATCH_LAPS = 64,
};

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} stopwatch_tested SEC(".maps");

struct stopwatch {
	__u64 runs;
	/* When each lap ended. The first one begins at run 0, and its end is ends[1]. */
	__u64 ends[STOPWATCH_LAPS];
};

struct stopwatch laps;

SEC("xdp")
int stopwatch(struct xdp_md *ctx)
{
	if (!(++laps.runs % STOPWATCH_LAP_RUNS))
		laps.ends[laps.runs / STOPWATCH_LAP_RUNS % STOPWATCH_LAPS] = bpf_ktime_get_ns();
	bpf_tail_call(ctx, &stopwatch_tested, 0);
	return XDP_ABORTED;
}

char _license[] SEC("license") = "Dual BSD/GPL";
