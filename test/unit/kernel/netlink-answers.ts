// SPDX-License-Identifier: Apache-2.0
// A kernel that answers netlink requests with bytes of the test's own.
import type { TestContext } from 'node:test';
import { libc } from '../../../src/ffi/libc.ts';
import { encodeAttribute, encodeMessage } from '../../../src/kernel/netlink.ts';

export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLM_F_DUMP_INTR = 0x10;

/** A part of an answer: the sequence is that of the request unless it is given. */
export interface Part {
  readonly type: number;
  readonly payload?: Buffer;
  readonly flags?: number;
  readonly sequence?: number;
}

export interface Request {
  readonly type: number;
  readonly flags: number;
  readonly payload: Buffer;
}

/** What a datagram is: parts of an answer, bytes as they are, or an errno that recv(2) gives. */
export type Datagram = readonly Part[] | Buffer | number;

export function i32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

export function attribute(type: number, value: Buffer | string | number): Buffer {
  return encodeAttribute(type, typeof value === 'number' ? i32(value) : Buffer.from(value));
}

export function done(status = 0, flags = 0): Part {
  return { type: NLMSG_DONE, payload: i32(status), flags };
}

/** NLMSG_ERROR with the request that it is about. */
export function refusal(errno: number): Part {
  return { type: NLMSG_ERROR, payload: Buffer.concat([i32(-errno), Buffer.alloc(16)]) };
}

/** Messages in one datagram, each padded to 4 bytes. */
export function encodeParts(parts: readonly Part[], sequence: number): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      const message = encodeMessage({ flags: 0, payload: Buffer.alloc(0), sequence, ...part });
      return Buffer.concat([message, Buffer.alloc(-message.length & 3)]);
    }),
  );
}

/** Opens sockets that are none: no unit test speaks to this machine's kernel, whose answers depend on who asks. */
export function fakeSocket(t: TestContext): void {
  const done = { value: 0, errno: 0 };
  t.mock.method(libc(), 'socket', () => ({ value: 800, errno: 0 }));
  for (const name of ['setsockopt', 'bind', 'close'] as const) {
    t.mock.method(libc(), name, () => done);
  }
}

/**
 * Gives the requests that were sent, while `answers` says what each is answered with; silence (EAGAIN) follows. Ends
 * every mock of the test before: one that is put on another is not taken off with it.
 */
export function answerNetlink(
  t: TestContext,
  answers: (request: number) => readonly Datagram[],
): Request[] {
  t.mock.restoreAll();
  fakeSocket(t);
  const requests: Request[] = [];
  let waiting: (Buffer | number)[] = [];
  t.mock.method(libc(), 'send', (_fd: number, message: Buffer) => {
    const sequence = message.readUInt32LE(8);
    waiting = answers(requests.length).map((datagram) =>
      Array.isArray(datagram) ? encodeParts(datagram, sequence) : (datagram as Buffer | number),
    );
    requests.push({
      type: message.readUInt16LE(4),
      flags: message.readUInt16LE(6),
      payload: Buffer.from(message.subarray(16)),
    });
    return { value: message.length, errno: 0 };
  });
  t.mock.method(libc(), 'recv', (_fd: number, buffer: Buffer) => {
    const next = waiting.shift() ?? 11;
    if (typeof next === 'number') {
      return { value: -1, errno: next };
    }
    next.copy(buffer);
    return { value: next.length, errno: 0 };
  });
  return requests;
}
