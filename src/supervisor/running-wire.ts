// SPDX-License-Identifier: Apache-2.0
// One wire and the border to it, from its start to its end.
import { Border } from '../border/border.ts';
import type { EngineCalls, WireCalls } from '../border/calls.ts';
import { ACCEPTS, MAX_WIRE_MESSAGE_BYTES } from './accepts.ts';
import { type OpenPackets, PacketStreams } from './packet-streams.ts';
import type { WireProcess } from './wire-process.ts';

/** Between the end of the channel and that of the process. */
export const EXIT_GRACE_MS = 500;

export interface RunningWire<Otlp> {
  readonly process: WireProcess;
  readonly border: Border<EngineCalls, WireCalls<Otlp>>;
  readonly startedAtMs: number;
  serves: boolean;
  /** Another takes its place at once. */
  isReplaced: boolean;
}

/** @param calls all that it is answered but for streams of packets, which end with it */
export function openWire<Otlp>(
  process: WireProcess,
  openPackets: OpenPackets,
  calls: Omit<EngineCalls, keyof PacketStreams['calls']>,
): RunningWire<Otlp> {
  const streams = new PacketStreams(openPackets, (stream, batch) =>
    border.tell('packets', { stream, batch }),
  );
  const border: Border<EngineCalls, WireCalls<Otlp>> = new Border({
    channel: process.channel,
    calls: { ...calls, ...streams.calls },
    accepts: ACCEPTS,
    maxMessageBytes: MAX_WIRE_MESSAGE_BYTES,
  });
  void border.ended.then(() => streams.close());
  // One that breaks the rules of the border is of no more use; one that ends by itself says why.
  void border.ended.then(() => setTimeout(() => process.kill(), EXIT_GRACE_MS).unref());
  const startedAtMs = performance.now();
  return { process, border, startedAtMs, serves: false, isReplaced: false };
}

interface Pace {
  /** What it is given to answer. */
  readonly answerLimitMs: number;
  readonly pingIntervalMs: number;
}

/** @param onSilence is told once, of the first ping that is not answered in time */
export function keepPinging<Otlp>(
  border: RunningWire<Otlp>['border'],
  pace: Pace,
  onSilence: (error: unknown) => void,
): void {
  border
    .call('ping', undefined, pace.answerLimitMs)
    .then(
      () => setTimeout(() => keepPinging(border, pace, onSilence), pace.pingIntervalMs).unref(),
      onSilence,
    );
}
