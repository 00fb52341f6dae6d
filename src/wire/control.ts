// SPDX-License-Identifier: Apache-2.0
// What the control socket answers beside the metrics: snapshots and packets, once or as they come.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Border } from '../border/border.ts';
import type { EngineCalls, WireCalls } from '../border/calls.ts';
import { ConfigError, errorMessage, exitCodeOf } from '../errors.ts';
import type { OtlpSettings } from '../export/otlp/settings.ts';
import { plainText, type Reply, type StreamReply } from '../http/reply.ts';
import type { Route, Routes } from '../http/routes.ts';
import { PACKETS_PATH, SNAPSHOT_PATH, SNAPSHOTS_PATH } from '../snapshot/control-paths.ts';
import { snapshotToJson } from '../snapshot/json.ts';
import { encodePackets, encodeWords } from '../snapshot/packet-lines.ts';
import type { PacketBatch } from '../snapshot/packet-stream.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { PacketWriter } from './packet-writer.ts';

/** Streams of snapshots at a time. The engine limits those of packets. */
const MAX_SNAPSHOT_STREAMS = 8;

const ANSWER_TIMEOUT_MS = 5_000;

const MAX_SAMPLE = 65_536;

const LINES = { 'Content-Type': 'application/x-ndjson' } as const;
const STREAM: StreamReply = { status: 200, headers: LINES, isStream: true };

type Engine = Border<WireCalls<OtlpSettings>, EngineCalls>;

export class Control {
  readonly #engine: Engine;
  readonly #read: () => Promise<Snapshot>;
  readonly #snapshotStreams = new Set<ServerResponse>();
  readonly #packetStreams = new Map<number, PacketWriter>();
  readonly routes: Routes;

  constructor(engine: Engine, read: () => Promise<Snapshot>) {
    this.#engine = engine;
    this.#read = read;
    this.routes = new Map<string, Route>([
      [SNAPSHOT_PATH, () => this.#snapshot()],
      [SNAPSHOTS_PATH, (request, response) => this.#snapshots(request, response)],
      [PACKETS_PATH, (request, response) => this.#packets(request, response)],
    ]);
  }

  /** Takes a part of a stream that `routes` have opened. */
  write(stream: number, batch: PacketBatch): void {
    this.#packetStreams.get(stream)?.write(batch);
  }

  /** Ends every stream. */
  close(): void {
    for (const response of this.#snapshotStreams) {
      response.end();
    }
    for (const writer of this.#packetStreams.values()) {
      writer.end();
    }
  }

  async #snapshot(): Promise<Reply> {
    const headers = { 'Content-Type': 'application/json' };
    try {
      return { status: 200, headers, body: `${snapshotToJson(await this.#read())}\n` };
    } catch (error) {
      return plainText(503, errorMessage(error));
    }
  }

  #snapshots(request: IncomingMessage, response: ServerResponse): Reply | StreamReply {
    const seconds = Number(queryOf(request).get('interval') ?? 1);
    if (!(seconds >= 0.1 && seconds <= 3_600)) {
      return plainText(400, 'read interval: not a number of seconds from 0.1 to 3600');
    }
    if (this.#snapshotStreams.size >= MAX_SNAPSHOT_STREAMS) {
      return plainText(
        503,
        `${MAX_SNAPSHOT_STREAMS} others read snapshots; end one of those first`,
        { 'Retry-After': '5' },
      );
    }
    if (request.method === 'GET') {
      void this.#sendSnapshots(request, response, 1_000 * seconds);
    }
    return STREAM;
  }

  /** A reader who has not taken the last one is not given the next: a later one says all that it would have said. */
  async #sendSnapshots(
    request: IncomingMessage,
    response: ServerResponse,
    intervalMs: number,
  ): Promise<void> {
    const closed = new AbortController();
    request.socket.setTimeout(0);
    this.#snapshotStreams.add(response);
    response.once('close', () => {
      this.#snapshotStreams.delete(response);
      closed.abort();
    });
    while (!closed.signal.aborted) {
      const nextAtMs = performance.now() + intervalMs;
      // An engine that does not answer now may do so later.
      const snapshot = await this.#read().catch(() => undefined);
      if (snapshot !== undefined && !response.writableEnded && !response.writableNeedDrain) {
        response.write(`${snapshotToJson(snapshot)}\n`);
      }
      const restMs = Math.max(0, nextAtMs - performance.now());
      await delay(restMs, undefined, { signal: closed.signal, ref: false }).catch(() => {});
    }
  }

  async #packets(request: IncomingMessage, response: ServerResponse): Promise<Reply | StreamReply> {
    try {
      const { encode, ...asked } = readPacketsQuery(queryOf(request));
      if (request.method === 'GET') {
        const stream = await this.#engine.call('openPackets', asked, ANSWER_TIMEOUT_MS);
        this.#startPackets(stream, request, response, encode);
      }
      return STREAM;
    } catch (error) {
      return exitCodeOf(error) === 2
        ? plainText(400, errorMessage(error))
        : plainText(503, errorMessage(error), { 'Retry-After': '5' });
    }
  }

  #startPackets(
    stream: number,
    request: IncomingMessage,
    response: ServerResponse,
    encode: (batch: PacketBatch) => string,
  ): void {
    request.socket.setTimeout(0);
    const writer = new PacketWriter(response, encode, (rows) =>
      this.#engine.tell('packetsTaken', { stream, rows }),
    );
    this.#packetStreams.set(stream, writer);
    const close = () => {
      this.#packetStreams.delete(stream);
      this.#engine.tell('closePackets', stream);
    };
    // The reader may have left while the engine was asked.
    if (response.destroyed) {
      close();
    } else {
      response.once('close', close);
    }
  }
}

const ENCODINGS = new Map([
  ['json', encodePackets],
  ['words', encodeWords],
]);

/** @throws ConfigError */
function readPacketsQuery(query: URLSearchParams) {
  const devices = query.getAll('device');
  const encode = ENCODINGS.get(query.get('format') ?? 'json');
  const sample = Number(query.get('sample') ?? 1);
  if (encode === undefined) {
    throw new ConfigError(`read format: not one of ${[...ENCODINGS.keys()].join(', ')}`);
  }
  if (!(Number.isInteger(sample) && sample >= 1 && sample <= MAX_SAMPLE)) {
    throw new ConfigError(`read sample: not a whole number from 1 to ${MAX_SAMPLE}`);
  }
  return {
    encode,
    filter: query.get('filter') ?? '',
    sample,
    ...(devices.length === 0 ? {} : { devices }),
  };
}

function queryOf({ url = '' }: IncomingMessage): URLSearchParams {
  const start = url.indexOf('?');
  return new URLSearchParams(start < 0 ? '' : url.slice(start + 1).replace(/#.*$/s, ''));
}
