// SPDX-License-Identifier: Apache-2.0
// `log` over a source of packets that a test has made.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runPacketLog } from '../../../src/cli/packet-log.ts';
import type { PacketSource } from '../../../src/cli/packet-source.ts';
import type { EngineOptions } from '../../../src/engine/options.ts';
import { parseFilter } from '../../../src/filter/parse.ts';
import type { PacketRows } from '../../../src/snapshot/packet.ts';
import { ROW, rowsOf } from '../snapshot/packet-rows.ts';
import { contextOf } from './context.ts';

/** Gives so many packets, and then nothing until it is to finish. */
function sourceOf(packets: number, others: Partial<PacketSource> = {}) {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const calls: string[] = [];
  const source: PacketSource = {
    failed: new Promise(() => {}),
    async *[Symbol.asyncIterator](): AsyncGenerator<PacketRows> {
      yield rowsOf(new Array(packets).fill(ROW), { 3: 'eth0' });
      await ended;
    },
    async finish() {
      calls.push('finish');
      end();
      return { seen: packets + 12, filteredOut: 7, sampledOut: 3, lost: 2 };
    },
    close: () => calls.push('close'),
    ...others,
  };
  return { source, calls };
}

async function logOf(
  argv: readonly string[],
  source: PacketSource,
  isTerminal = false,
  signal = new AbortController().signal,
) {
  const out: string[] = [];
  const told: string[] = [];
  let asked: EngineOptions | undefined;
  const context = await contextOf(['log', 'eth0', ...argv], {
    isTerminal,
    signal,
    write(text, done) {
      out.push(text);
      done?.();
    },
    tell: (text) => told.push(text),
  });
  // As the timers of an engine do, it keeps the process from ending.
  const alive = setInterval(() => {}, 1000);
  await runPacketLog(context, (options) => {
    asked = options;
    return source;
  }).finally(() => clearInterval(alive));
  return { lines: out.join('').trimEnd().split('\n'), told: told.join(''), asked };
}

describe('runPacketLog', () => {
  it('ends at --count, and accounts for every packet', async () => {
    const { source, calls } = sourceOf(5);
    const { lines, told } = await logOf(['--count', '2'], source);
    assert.equal(lines.length, 2);
    assert.equal(
      told,
      'seen=17 printed=2 filtered_out=7 not_printed=8 sampled_out=3 lost_in_kernel=2\n',
    );
    assert.deepEqual(calls, ['finish', 'close']);
  });

  it('ends after --duration, and at a signal, with what there is', async () => {
    for (const [argv, signal] of [
      [['--duration', '0.1'], undefined],
      [[], AbortSignal.timeout(100)],
    ] as const) {
      const { lines } = await logOf(argv, sourceOf(3).source, false, signal);
      assert.equal(lines.length, 3);
    }
  });

  it('closes the source that fails, and passes its error on', async () => {
    const failed = Promise.reject(new Error('no more'));
    const { source, calls } = sourceOf(1, { failed });
    await assert.rejects(logOf([], source), { message: 'no more' });
    assert.deepEqual(calls, ['close']);
  });

  it('has the filter and the sampling done where the packets are', async () => {
    const { asked } = await logOf(['--sample', '8', 'udp', '--count', '1'], sourceOf(1).source);
    const { filter, sampleInterval } = asked?.logger ?? {};
    assert.deepEqual([filter, sampleInterval], [parseFilter('udp'), 8]);
  });

  it('names the columns on a terminal alone, and not for JSON', async () => {
    const heads = [];
    for (const [argv, isTerminal] of [
      [[], true],
      [[], false],
      [['-o', 'json'], true],
    ] as const) {
      const { lines } = await logOf([...argv, '--count', '1'], sourceOf(1).source, isTerminal);
      heads.push(lines[0]?.slice(0, 5));
    }
    assert.deepEqual([heads[0], heads[2]], ['TIME ', '{"tim']);
    assert.match(heads[1] ?? '', /^\d{4}-$/);
  });
});
