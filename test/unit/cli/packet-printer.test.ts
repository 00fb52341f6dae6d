// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { formatTime } from '../../../src/cli/packet-fields.ts';
import { PacketPrinter } from '../../../src/cli/packet-printer.ts';
import { PACKET_WORDS, type PacketRows } from '../../../src/snapshot/packet.ts';

const rowsOf = (count: number): PacketRows => ({
  words: new Uint32Array(count * PACKET_WORDS),
  devices: { 0: 'eth0' },
});

/** Batches of so many rows; `asked` has those that were asked for. */
function batches(...counts: readonly number[]) {
  const asked: number[] = [];
  async function* all() {
    for (const count of counts) {
      asked.push(count);
      yield rowsOf(count);
    }
  }
  return { asked, all: all() };
}

/** Prints to a pipe whose reader takes something only when it is told to. */
function stuckPipe(limit: number) {
  const waiting: (() => void)[] = [];
  const texts: string[] = [];
  const pipe = new Writable({
    highWaterMark: 1,
    write(chunk, _encoding, taken) {
      texts.push(String(chunk));
      waiting.push(taken);
    },
  });
  const write = (text: string, done?: () => void) => pipe.write(text, done);
  return {
    printer: new PacketPrinter(
      limit,
      () => 'a packet\n',
      write,
      () => 0,
    ),
    texts,
    async read() {
      waiting.shift()?.();
      await delay(1);
    },
  };
}

describe('PacketPrinter', () => {
  it('dates rows by the wall clock as it is when they come', async () => {
    let bootMs = Date.parse('2026-11-21T12:00:00Z');
    const lines: string[] = [];
    const printer = new PacketPrinter(
      100,
      ({ monotonicNs }, boot) => `${formatTime(boot, monotonicNs)}\n`,
      (text, done) => {
        lines.push(text);
        bootMs += 3_600_000;
        done?.();
      },
      () => bootMs,
    );
    await printer.printAll(batches(1, 2).all);
    assert.deepEqual(lines, [
      '2026-11-21T12:00:00.000000Z\n',
      '2026-11-21T13:00:00.000000Z\n2026-11-21T13:00:00.000000Z\n',
    ]);
  });

  it('asks for more rows when their reader has taken those before, not earlier', async () => {
    const { printer, read, texts } = stuckPipe(100);
    const { asked, all } = batches(2, 3, 4);
    const printing = printer.printAll(all);
    await delay(10);
    assert.deepEqual(asked, [2]);
    await read();
    assert.deepEqual(asked, [2, 3]);
    await read();
    await read();
    await printing;
    assert.equal(printer.printed, 9);
    assert.equal(texts.join(''), 'a packet\n'.repeat(9));
  });

  it('ends at the limit, in the midst of a batch, and asks for no more', async () => {
    const { printer, read } = stuckPipe(3);
    const { asked, all } = batches(2, 4, 5);
    const printing = printer.printAll(all);
    await delay(10);
    await read();
    await read();
    await printing;
    assert.equal(printer.printed, 3);
    assert.deepEqual(asked, [2, 4]);
  });

  it('waits for a stuck reader no longer when it is hurried, and prints what there is', async () => {
    const { printer } = stuckPipe(100);
    const printing = printer.printAll(batches(2, 3, 4).all);
    await delay(10);
    printer.hurry();
    await printing;
    assert.equal(printer.printed, 9);
  });
});
