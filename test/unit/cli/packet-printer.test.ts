// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { PacketPrinter } from '../../../src/cli/packet-printer.ts';
import { PACKET_WORDS } from '../../../src/snapshot/packet.ts';

const rowsOf = (count: number) => ({
  words: new Uint32Array(count * PACKET_WORDS),
  devices: { 0: 'eth0' },
});

/** Prints to a pipe whose reader takes something only when it is told to. */
function printToStuckPipe(limit: number) {
  const waiting: (() => void)[] = [];
  const pipe = new Writable({
    write(_chunk, _encoding, taken) {
      waiting.push(taken);
    },
  });
  const encode = () => 'a packet';
  const write = (text: string, done?: () => void) => pipe.write(text, done);
  const printer = new PacketPrinter(limit, encode, write, () => 0);
  const done: number[] = [];
  return {
    printer,
    done,
    print: (count: number) => printer.print(rowsOf(count), () => done.push(count)),
    async read() {
      waiting.shift()?.();
      await delay(1);
    },
  };
}

describe('PacketPrinter', () => {
  it('dates rows by the wall clock as it is when they come', () => {
    let bootMs = Date.parse('2026-11-21T12:00:00Z');
    const lines: string[] = [];
    const printer = new PacketPrinter(
      100,
      ({ time }) => String(time),
      (text, done) => {
        lines.push(text);
        done?.();
      },
      () => bootMs,
    );
    printer.print(rowsOf(1), () => {});
    bootMs += 3_600_000;
    printer.print(rowsOf(2), () => {});
    assert.deepEqual(lines, [
      '2026-11-21T12:00:00.000000Z\n',
      '2026-11-21T13:00:00.000000Z\n2026-11-21T13:00:00.000000Z\n',
    ]);
  });

  it('says that rows are done when their reader has taken them, not before', async () => {
    const it = printToStuckPipe(100);
    it.print(2);
    it.print(3);
    await delay(10);
    assert.deepEqual(it.done, []);
    await it.read();
    assert.deepEqual(it.done, [2]);
    await it.read();
    assert.deepEqual(it.done, [2, 3]);
    assert.equal(it.printer.printed, 5);
  });

  it('is done at once with rows beyond the limit, and has said that it is full', async () => {
    const it = printToStuckPipe(3);
    it.print(5);
    await it.printer.full;
    it.print(4);
    assert.deepEqual(it.done, [4]);
    await it.read();
    assert.deepEqual(it.done, [4, 5]);
    assert.equal(it.printer.printed, 3);
  });
});
