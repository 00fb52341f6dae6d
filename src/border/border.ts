// SPDX-License-Identifier: Apache-2.0
// One end of the border between two processes: calls of the other side as promises, and answers to its calls.
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { type ExitCode, ExporterError, errorMessage, exitCodeOf } from '../errors.ts';
import { decodeFrames, encodeFrame } from './frames.ts';

/** Each takes one argument; what it gives, or the promise of it, is its answer. */
type Calls<Of> = { readonly [Name in keyof Of]: (argument: never) => unknown };
type Argument<Call> = Call extends (argument: infer Given) => unknown ? Given : never;
type Answer<Call> = Call extends (argument: never) => infer Given ? Awaited<Given> : never;

export interface BorderOptions<Ours extends Calls<Ours>> {
  readonly channel: Duplex;
  readonly calls: Ours;
  /** Whether an argument is what the call takes; for a side that does not trust the other. */
  readonly accepts?: { readonly [Name in keyof Ours]: (argument: unknown) => boolean };
  /** Of one message from the other side. */
  readonly maxMessageBytes: number;
}

/** Calls that may wait for their answers, in each direction. */
const MAX_OUTSTANDING = 64;

/** The other side is not read while it leaves so much unread. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

/** What is shown of an error from beyond the border. */
const MAX_ERROR_CHARACTERS = 4_096;

type Message =
  | { readonly kind: 'call'; readonly id: number; readonly name: string; readonly value: unknown }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | {
      readonly kind: 'refusal';
      readonly id: number;
      readonly value: { readonly message: string; readonly exitCode: ExitCode };
    };

/** The id of a call that nobody waits for. */
const NO_ANSWER = -1;

/** An error from beyond the border, with its own exit code. */
export class ForeignError extends ExporterError {
  override readonly name = 'ForeignError';
  override readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

export class Border<Ours extends Calls<Ours>, Theirs extends Calls<Theirs>> {
  readonly #options: BorderOptions<Ours>;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #answering = 0;
  #end: Error | undefined;
  /** Resolves, to the reason, when nothing crosses any more. */
  readonly ended: Promise<Error>;

  constructor(options: BorderOptions<Ours>) {
    this.#options = options;
    // What a broken channel says, the reading of it says, too.
    options.channel.on('error', () => {});
    this.ended = this.#read();
  }

  /** Rejects with the error of the other side, or where it has not answered within `timeoutMs`. */
  call<Name extends keyof Theirs & string>(
    name: Name,
    argument: Argument<Theirs[Name]>,
    timeoutMs: number,
  ): Promise<Answer<Theirs[Name]>> {
    if (this.#end !== undefined) {
      return Promise.reject(this.#end);
    }
    if (this.#waiting.size >= MAX_OUTSTANDING) {
      return Promise.reject(
        new ExporterError(`ask for ${name}: ${MAX_OUTSTANDING} calls wait for their answers`),
      );
    }
    const id = this.#nextId++;
    return new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new ExporterError(`ask for ${name}: no answer within ${timeoutMs / 1000} s`));
      }, timeoutMs);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#write({ kind: 'call', id, name, value: argument });
    }) as Promise<Answer<Theirs[Name]>>;
  }

  /** A call that nobody waits for. It is lost where the other side does not read: false then. */
  tell<Name extends keyof Theirs & string>(name: Name, argument: Argument<Theirs[Name]>): boolean {
    const isRead =
      this.#end === undefined && this.#options.channel.writableLength < MAX_UNREAD_BYTES;
    if (isRead) {
      this.#write({ kind: 'call', id: NO_ANSWER, name, value: argument });
    }
    return isRead;
  }

  /** Nothing crosses any more. */
  close(): void {
    this.#options.channel.destroy();
  }

  async #read(): Promise<Error> {
    const { channel, maxMessageBytes } = this.#options;
    let end = new ExporterError('cross the border: the other side has ended');
    try {
      for await (const message of decodeFrames(channel, maxMessageBytes)) {
        this.#take(message);
        if (channel.writableLength > MAX_UNREAD_BYTES) {
          await Promise.race([once(channel, 'drain'), once(channel, 'close')]);
        }
        // However much the other side sends, timers and other streams have their turn.
        await setImmediate();
      }
    } catch (error) {
      end = new ExporterError(`cross the border: ${errorMessage(error)}`, { cause: error });
    }
    this.#end = end;
    channel.destroy();
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(end);
    }
    this.#waiting.clear();
    return end;
  }

  #take(received: unknown): void {
    const message = requireMessage(received);
    if (message.kind === 'call') {
      void this.#answer(message);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    clearTimeout(waiting?.timer);
    if (message.kind === 'answer') {
      waiting?.resolve(message.value);
    } else {
      const { message: text, exitCode } = message.value;
      waiting?.reject(
        new ForeignError(String(text).slice(0, MAX_ERROR_CHARACTERS), exitCode === 2 ? 2 : 1),
      );
    }
  }

  async #answer({ id, name, value }: Message & { kind: 'call' }): Promise<void> {
    this.#answering++;
    let reply: Message;
    try {
      reply = { kind: 'answer', id, value: await this.#perform(name, value) };
    } catch (error) {
      const failure = { message: errorMessage(error), exitCode: exitCodeOf(error) };
      reply = { kind: 'refusal', id, value: failure };
    }
    this.#answering--;
    if (id !== NO_ANSWER) {
      this.#write(reply);
    }
  }

  #perform(name: string, argument: unknown): unknown {
    const { calls, accepts } = this.#options;
    if (!Object.hasOwn(calls, name)) {
      throw new ExporterError('answer call: there is none of that name');
    }
    if (this.#answering > MAX_OUTSTANDING) {
      throw new ExporterError(`answer ${name}: ${MAX_OUTSTANDING} calls are being answered`);
    }
    const known = name as keyof Ours;
    if (accepts !== undefined && !accepts[known](argument)) {
      throw new ExporterError(`answer ${name}: its argument is malformed`);
    }
    return calls[known](argument as never);
  }

  #write(message: Message): void {
    const { channel } = this.#options;
    if (channel.writable) {
      channel.cork();
      for (const part of encodeFrame(message)) {
        channel.write(part);
      }
      channel.uncork();
    }
  }
}

function requireMessage(value: unknown): Message {
  const { kind, id, name } = (value ?? {}) as Partial<Record<string, unknown>>;
  const isKnown =
    kind === 'answer' ||
    (kind === 'call' && typeof name === 'string') ||
    (kind === 'refusal' && isObject((value as { value?: unknown }).value));
  if (!isKnown || !Number.isInteger(id)) {
    throw new ExporterError('read message: it is malformed');
  }
  return value as Message;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
