// SPDX-License-Identifier: Apache-2.0
// HTTP over the control socket of a running exporter.
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { ExporterError, errorMessage } from '../errors.ts';

/** One that is starting answers when it has attached. */
const ANSWER_TIMEOUT_MS = 15_000;

/** What the exporter says with another status than 200. */
const MAX_REFUSAL_CHARACTERS = 1_000;

/** Of one line: a snapshot of thousands of devices has some MB. */
const MAX_LINE_CHARACTERS = 2 ** 28;

/** Nobody listens at the socket, or not for this user: the cause says why. */
export class UnreachableError extends ExporterError {
  override readonly name = 'UnreachableError';
}

export class ControlClient {
  /** Of the socket. */
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * The lines of an answer, as they come. Ends when the signal does, or the answer.
   * @throws UnreachableError, and an ExporterError with what the exporter says where it refuses, or where it ends midway
   */
  async *lines(target: string, signal?: AbortSignal): AsyncGenerator<string, void, undefined> {
    let response: IncomingMessage | undefined;
    try {
      response = await this.#ask(target, signal);
      if (response.statusCode !== 200) {
        throw new ExporterError((await readAll(response)).trim());
      }
      yield* splitLines(response);
    } catch (error) {
      if (!signal?.aborted) {
        throw error instanceof ExporterError
          ? error
          : new ExporterError(`read exporter at "${this.path}": ${errorMessage(error)}`, {
              cause: error,
            });
      }
    } finally {
      response?.destroy();
    }
  }

  async #ask(target: string, signal: AbortSignal | undefined): Promise<IncomingMessage> {
    const outgoing = request({
      socketPath: this.path,
      path: target,
      agent: false,
      ...(signal === undefined ? {} : { signal }),
    });
    const timer = setTimeout(
      () => outgoing.destroy(new ExporterError(`no answer within ${ANSWER_TIMEOUT_MS / 1000} s`)),
      ANSWER_TIMEOUT_MS,
    );
    try {
      outgoing.end();
      const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
      response.setEncoding('utf8');
      return response;
    } catch (error) {
      const { code = errorMessage(error) } = error as NodeJS.ErrnoException;
      throw new UnreachableError(`ask exporter at "${this.path}": ${code}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
}

async function* splitLines(source: AsyncIterable<string>): AsyncGenerator<string> {
  let held = '';
  for await (const text of source) {
    // Only what is new is searched: a line of some MB comes in hundreds of pieces.
    const [first = '', ...rest] = text.split('\n');
    const lines = [held + first, ...rest];
    held = lines.pop() ?? '';
    if (held.length > MAX_LINE_CHARACTERS) {
      throw new ExporterError('a line has no end');
    }
    yield* lines;
  }
}

async function readAll(source: AsyncIterable<string>): Promise<string> {
  let all = '';
  for await (const text of source) {
    all += text;
    if (all.length > MAX_REFUSAL_CHARACTERS) {
      break;
    }
  }
  return all.slice(0, MAX_REFUSAL_CHARACTERS);
}
