// SPDX-License-Identifier: Apache-2.0
// A netlink socket: one question and its answer, a dump, or the kernel's notices.
import { ExporterError, SystemError } from '../errors.ts';
import { checkErrno, errnoName } from '../ffi/errno.ts';
import { libc } from '../ffi/libc.ts';
import { decodeMessages, encodeMessage, type Message } from './netlink.ts';

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;

const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;

const NLMSG_NOOP = 1;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;

const NLM_F_REQUEST = 0x1;
const NLM_F_DUMP_INTR = 0x10;
const NLM_F_DUMP = 0x300;

const SOL_NETLINK = 270;
const NETLINK_GET_STRICT_CHK = 12;

const EINTR = 4;
const EAGAIN = 11;

/** For the answer to a request, and for a whole dump with its repetitions. */
const TIME_LIMIT_S = 2;

/** What changes while it is read five times in a row will not hold still. */
const MAX_DUMP_ATTEMPTS = 5;

/** The kernel makes the parts of a dump no longer than 32 KiB, but for a single message that is longer. */
const RECEIVE_SIZE_BYTES = 64 * 1024;

/** The protocol of devices and routes: rtnetlink(7). */
export const NETLINK_ROUTE = 0;
/** The protocol of everything that has no number of its own. */
export const NETLINK_GENERIC = 16;

/** What `decode` gives where nothing of interest follows. */
export const STOP = Symbol('stop');

/** Makes an item of the payload of a message; undefined for what is not wanted. */
export type Decode<Item> = (payload: Buffer) => Item | typeof STOP | undefined;

/**
 * A socket in the network namespace of the thread that opens it, which lives for as long as the socket is open.
 * Every method throws a SystemError with the errno's symbol where the kernel refuses, and an ExporterError where its
 * answer is damaged or takes longer than 2 s. After an error the socket may be closed or used again.
 */
export class NetlinkSocket {
  readonly #fd: number;
  readonly #received = Buffer.alloc(RECEIVE_SIZE_BYTES);
  /** Answers to an earlier question that was given up are told by it. */
  #sequence = 0;

  /** @param groups multicast groups to listen to: bit n for group n + 1. For `receiveNotice` alone. */
  constructor(protocol: number, groups = 0) {
    const { socket, setsockopt, close } = libc();
    this.#fd = checkErrno('open netlink socket', socket(AF_NETLINK, SOCK_RAW_CLOEXEC, protocol));
    try {
      const timeout = Buffer.alloc(16);
      timeout.writeBigInt64LE(BigInt(TIME_LIMIT_S));
      checkErrno(
        'limit netlink socket',
        setsockopt(this.#fd, SOL_SOCKET, SO_RCVTIMEO, timeout, timeout.length),
      );
      if (groups !== 0) {
        this.#join(groups);
      }
    } catch (error) {
      close(this.#fd);
      throw error;
    }
  }

  /** The payload of the kernel's answer, a copy. @param operation the beginning of an error's message */
  request(operation: string, type: number, payload: Buffer): Buffer {
    const sequence = this.#send(operation, type, NLM_F_REQUEST, payload);
    for (const message of this.#answers(operation, sequence, deadlineFromNow())) {
      checkStatus(operation, message);
      return Buffer.from(message.payload);
    }
    throw tooLate(operation);
  }

  /** Lets the kernel leave out of a dump what the header of the request does not ask for. Linux 4.20; before, nothing. */
  filterDumps(): void {
    const on = Buffer.from([1, 0, 0, 0]);
    libc().setsockopt(this.#fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, on, on.length);
  }

  /**
   * Reads a whole table and gives what `decode` makes of each entry's payload, without the undefined ones. The
   * payload is only there for the call. A table that changes while it is read is read again, at most 5 times.
   * Where `decode` says STOP the rest is not read, and the socket may only be closed.
   */
  dump<Item>(operation: string, type: number, payload: Buffer, decode: Decode<Item>): Item[] {
    const deadline = deadlineFromNow();
    for (let attempt = 0; attempt < MAX_DUMP_ATTEMPTS; attempt++) {
      const sequence = this.#send(operation, type, NLM_F_REQUEST | NLM_F_DUMP, payload);
      const items = this.#readDump(operation, sequence, deadline, decode);
      if (items !== undefined) {
        return items;
      }
    }
    throw new ExporterError(
      `${operation}: it changed during each of ${MAX_DUMP_ATTEMPTS} reads; something adds and removes without pause`,
    );
  }

  /**
   * The next datagram of the groups, which is only there until the next call; undefined where none waits. Never waits.
   * ENOBUFS means that notices were lost.
   */
  receiveNotice(): Buffer | undefined {
    const { recv } = libc();
    const buffer = this.#received;
    const outcome = recv(this.#fd, buffer, buffer.length, MSG_DONTWAIT);
    if (outcome.value < 0 && outcome.errno === EAGAIN) {
      return undefined;
    }
    return buffer.subarray(0, checkErrno('read netlink notices', outcome));
  }

  close(): void {
    libc().close(this.#fd);
  }

  #join(groups: number): void {
    // struct sockaddr_nl: family u16, padding u16, port u32 (0: the kernel chooses), groups u32.
    const address = Buffer.alloc(12);
    address.writeUInt16LE(AF_NETLINK, 0);
    address.writeUInt32LE(groups, 8);
    checkErrno('join netlink groups', libc().bind(this.#fd, address, address.length));
  }

  #send(operation: string, type: number, flags: number, payload: Buffer): number {
    this.#sequence = (this.#sequence + 1) >>> 0;
    const message = encodeMessage({ type, flags, sequence: this.#sequence, payload });
    checkErrno(operation, libc().send(this.#fd, message, message.length, 0));
    return this.#sequence;
  }

  /** Undefined where the kernel says that the table changed meanwhile. Reads to the end then, too. */
  #readDump<Item>(
    operation: string,
    sequence: number,
    deadline: number,
    decode: Decode<Item>,
  ): Item[] | undefined {
    const items: Item[] = [];
    let isInterrupted = false;
    for (const message of this.#answers(operation, sequence, deadline)) {
      isInterrupted ||= (message.flags & NLM_F_DUMP_INTR) !== 0;
      if (checkStatus(operation, message)) {
        break;
      }
      const item = decode(message.payload);
      if (item === STOP) {
        return items;
      }
      if (item !== undefined) {
        items.push(item);
      }
    }
    return isInterrupted ? undefined : items;
  }

  /** Every message of the answer to that question, until the caller has had enough or time is up. */
  *#answers(operation: string, sequence: number, deadline: number): Generator<Message> {
    while (performance.now() < deadline) {
      for (const message of decodeMessages(operation, this.#receive(operation))) {
        if (message.sequence === sequence && message.type !== NLMSG_NOOP) {
          yield message;
        }
      }
    }
    throw tooLate(operation);
  }

  /** Waits for a datagram; empty where a signal came first. */
  #receive(operation: string): Buffer {
    const buffer = this.#received;
    const outcome = libc().recv(this.#fd, buffer, buffer.length, MSG_TRUNC);
    if (outcome.value < 0 && outcome.errno === EINTR) {
      return buffer.subarray(0, 0);
    }
    if (outcome.value < 0 && outcome.errno === EAGAIN) {
      throw tooLate(operation);
    }
    const length = checkErrno(operation, outcome);
    if (length > buffer.length) {
      throw new ExporterError(
        `${operation}: a part of ${length} bytes, at most ${buffer.length} can be read`,
      );
    }
    return buffer.subarray(0, length);
  }
}

/** Opens a socket for `use`, and closes it also where that throws: nothing keeps the namespace alive after. */
export function withNetlink<Result>(
  protocol: number,
  use: (socket: NetlinkSocket) => Result,
): Result {
  const socket = new NetlinkSocket(protocol);
  try {
    return use(socket);
  } finally {
    socket.close();
  }
}

function tooLate(operation: string): ExporterError {
  return new ExporterError(`${operation}: the kernel's answer has no end within ${TIME_LIMIT_S} s`);
}

function deadlineFromNow(): number {
  return performance.now() + TIME_LIMIT_S * 1000;
}

/** Whether a message is the end of an answer, and not a part of it. Throws what it says of an error. */
function checkStatus(operation: string, { type, payload }: Message): boolean {
  if (type !== NLMSG_ERROR && type !== NLMSG_DONE) {
    return false;
  }
  const status = payload.length < 4 ? 0 : payload.readInt32LE();
  if (status < 0) {
    throw new SystemError(operation, errnoName(-status));
  }
  return true;
}
