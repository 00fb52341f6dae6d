// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { Border } from '../../../src/border/border.ts';
import { encodeFrame } from '../../../src/border/frames.ts';
import { ConfigError } from '../../../src/errors.ts';
import { socketPair } from './socket-pair.ts';

interface Ours {
  double(value: number): number | Promise<number>;
  note(text: string): void;
}
interface Theirs {
  greet(name: string): Promise<string>;
  hang(nothing: undefined): void;
  refuse(nothing: undefined): void;
}

const LONG_MS = 10_000;
let sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets) {
    socket.destroy();
  }
  sockets = [];
});

async function pair(): Promise<readonly [Socket, Socket]> {
  const both = await socketPair();
  sockets.push(...both);
  return both;
}

function ours(channel: Socket, notes: string[] = [], maxMessageBytes = 1_000) {
  return new Border<Ours, Theirs>({
    channel,
    calls: { double: (value) => 2 * value, note: (text) => void notes.push(text) },
    accepts: { double: (value) => typeof value === 'number', note: (text) => text !== 'bad' },
    maxMessageBytes,
  });
}

function theirs(channel: Socket) {
  return new Border<Theirs, Ours>({
    channel,
    calls: {
      greet: async (name) => `hello ${name}`,
      hang: () => new Promise(() => {}),
      refuse: () => {
        throw new ConfigError('read --x "y": no');
      },
    },
    maxMessageBytes: 1_000_000,
  });
}

describe('Border', () => {
  it('answers calls in both directions', async () => {
    const [one, other] = await pair();
    const [near, far] = [ours(one), theirs(other)];
    assert.equal(await near.call('greet', 'you', LONG_MS), 'hello you');
    assert.deepEqual(
      await Promise.all([1, 2, 3].map((value) => far.call('double', value, LONG_MS))),
      [2, 4, 6],
    );
  });

  it('hands over errors with their exit code', async () => {
    const [one, other] = await pair();
    theirs(other);
    await assert.rejects(ours(one).call('refuse', undefined, LONG_MS), {
      message: 'read --x "y": no',
      exitCode: 2,
    });
  });

  it('gives up on an answer that does not come', async () => {
    const [one, other] = await pair();
    theirs(other);
    await assert.rejects(
      ours(one).call('hang', undefined, 20),
      /^ExporterError: ask for hang: no answer within 0\.02 s$/,
    );
  });

  it('has only so many calls wait', async () => {
    const [one, other] = await pair();
    theirs(other);
    const near = ours(one);
    const waiting = Array.from({ length: 64 }, () => near.call('hang', undefined, LONG_MS));
    await assert.rejects(near.call('hang', undefined, LONG_MS), /64 calls wait/);
    near.close();
    await Promise.allSettled(waiting);
  });

  it('tells without waiting', async () => {
    const [one, other] = await pair();
    const notes: string[] = [];
    ours(one, notes);
    const far = theirs(other);
    far.tell('note', 'a');
    assert.equal(await far.call('double', 1, LONG_MS), 2);
    assert.deepEqual(notes, ['a']);
  });

  it('refuses what it does not know or accept, and goes on', async () => {
    const [one, other] = await pair();
    const notes: string[] = [];
    ours(one, notes);
    const far = theirs(other) as unknown as Border<
      Theirs,
      Record<string, (argument: unknown) => unknown>
    >;
    await assert.rejects(
      far.call('double', 'x', LONG_MS),
      /answer double: its argument is malformed/,
    );
    for (const name of ['nonsense', 'constructor', '__proto__']) {
      await assert.rejects(far.call(name, 1, LONG_MS), /there is none of that name/);
    }
    far.tell('note', 'bad');
    assert.equal(await far.call('double', 4, LONG_MS), 8);
    assert.deepEqual(notes, []);
  });

  const hostile: readonly { what: string; bytes: readonly Buffer[] }[] = [
    {
      what: 'a message without an end',
      bytes: [Buffer.from([0xff, 0xff, 0xff, 0x7f]), Buffer.alloc(8)],
    },
    { what: 'no value', bytes: [Buffer.from([2, 0, 0, 0, 1, 1])] },
    { what: 'a number', bytes: encodeFrame(7) },
    { what: 'null', bytes: encodeFrame(null) },
    { what: 'a call without a name', bytes: encodeFrame({ kind: 'call', id: 1 }) },
    { what: 'an id that is none', bytes: encodeFrame({ kind: 'answer', id: 'x' }) },
    { what: 'a refusal of nothing', bytes: encodeFrame({ kind: 'refusal', id: 1 }) },
  ];
  for (const { what, bytes } of hostile) {
    it(`ends, and rejects what waits, where it is sent ${what}`, async () => {
      const [one, other] = await pair();
      const near = ours(one);
      const waiting = near.call('greet', 'x', LONG_MS);
      other.write(Buffer.concat(bytes));
      await assert.rejects(waiting, /^ExporterError: cross the border: read message: /);
      assert.match((await near.ended).message, /cross the border/);
      await assert.rejects(near.call('greet', 'x', LONG_MS), /cross the border/);
    });
  }

  it('has no ear for answers to what it did not ask', async () => {
    const [one, other] = await pair();
    const near = ours(one);
    other.write(Buffer.concat(encodeFrame({ kind: 'answer', id: 99, value: 1 })));
    const far = theirs(other);
    assert.equal(await near.call('greet', 'x', LONG_MS), 'hello x');
    assert.equal(await far.call('double', 1, LONG_MS), 2);
  });

  it('leaves timers their turn while it is flooded', async () => {
    const [one, other] = await pair();
    ours(one);
    const frame = Buffer.concat(encodeFrame({ kind: 'call', id: -1, name: 'double', value: 1 }));
    other.write(Buffer.concat(Array.from({ length: 20_000 }, () => frame)));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await new Promise((resolve) => setTimeout(resolve, 60));
    clearInterval(timer);
    assert.ok(turns >= 3, `${turns} turns`);
  });
});
