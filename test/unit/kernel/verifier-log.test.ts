// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseVerifierLog } from '../../../src/kernel/verifier-log.ts';

/** As kernel 6.18 wrote it, for a read without a bounds check. */
const PACKET_ACCESS = `0: R1=ctx() R10=fp0
; int xdp_exporter(struct xdp_md *ctx) @ rejected.bpf.c:6
0: (bf) r6 = r1                       ; R1=ctx() R6=ctx()
; __u8 *data = (void *)(long)ctx->data; @ rejected.bpf.c:8
1: (61) r1 = *(u32 *)(r6 +0)          ; R1=pkt(r=0) R6=ctx()
; account(ctx, data[100]); @ rejected.bpf.c:10
2: (71) r3 = *(u8 *)(r1 +100)
invalid access to packet, off=100 size=1, R1(id=0,off=100,r=0)
R1 offset is outside of the packet
processed 3 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
`;

/** As kernel 5.10 wrote it, which has no bpf_xdp_get_buff_len. */
const UNKNOWN_HELPER = `Unrecognized arg#0 type PTR
; __u64 length = bpf_xdp_get_buff_len(ctx);
0: (85) call unknown#188
invalid func unknown#188
processed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
`;

/** With BPF_LOG_STATS the verifier adds its times and depths. */
const STATISTICS = `0: R1=ctx() R10=fp0
0: (95) exit
R0 !read_ok
verification time 51 usec
stack depth 0
processed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
`;

function logOf(text: string, sizeBytes = text.length + 16): Buffer {
  const log = Buffer.alloc(sizeBytes);
  log.write(text);
  return log;
}

describe('parseVerifierLog', () => {
  it('joins the reason and the rule that it broke', () => {
    const log = parseVerifierLog(logOf(PACKET_ACCESS));
    assert.equal(
      log?.summary,
      'invalid access to packet, off=100 size=1, R1(id=0,off=100,r=0); R1 offset is outside of the packet (8 more lines at log level debug)',
    );
    assert.deepEqual(log?.lines, PACKET_ACCESS.trimEnd().split('\n'));
  });

  it('takes the last line before the statistics for the reason', () => {
    const log = parseVerifierLog(logOf(UNKNOWN_HELPER));
    assert.equal(log?.summary, 'invalid func unknown#188 (4 more lines at log level debug)');
    assert.equal(log?.lines.length, 5);
  });

  it('passes over every line of statistics', () => {
    const log = parseVerifierLog(logOf(STATISTICS));
    assert.equal(log?.summary, 'R0 !read_ok (5 more lines at log level debug)');
  });

  it('takes the reason of a log whose end was cut off', () => {
    const cut = PACKET_ACCESS.slice(0, PACKET_ACCESS.indexOf('\nprocessed'));
    const log = parseVerifierLog(Buffer.from(cut));
    assert.match(log?.summary ?? '', /^invalid access .*; R1 offset is outside of the packet \(7 /);
  });

  it('adds nothing to a reason that is the only line', () => {
    assert.deepEqual(parseVerifierLog(logOf('Unsupported flags\n')), {
      summary: 'Unsupported flags',
      lines: ['Unsupported flags'],
    });
    const explanation = 'R1 offset is outside of the packet';
    assert.equal(parseVerifierLog(logOf(explanation))?.summary, explanation);
  });

  it('is undefined where the kernel refused before the verifier ran', () => {
    for (const text of ['', '\n\n', 'processed 0 insns (limit 1000000)\n']) {
      assert.equal(parseVerifierLog(logOf(text)), undefined);
    }
    assert.equal(parseVerifierLog(Buffer.alloc(0)), undefined);
  });

  it('reads nothing behind the NUL', () => {
    const log = parseVerifierLog(Buffer.from('reason\0stale reason\n'));
    assert.deepEqual(log, { summary: 'reason', lines: ['reason'] });
  });

  it('gives a summary of one line, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const log = parseVerifierLog(Buffer.from(bytes));
        assert.ok(log === undefined || !log.summary.includes('\n'));
        assert.ok(log === undefined || log.lines.length > 0);
      }),
    );
  });
});
