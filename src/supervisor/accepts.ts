// SPDX-License-Identifier: Apache-2.0
// What the engine lets pass of what the wire says: the wire talks to strangers, and may be one itself by now.
import type { EngineCalls, WireCounts } from '../border/calls.ts';
import { LOG_LEVELS } from '../log.ts';

/** Of one message: log lines are cut to far less. */
export const MAX_WIRE_MESSAGE_BYTES = 64 * 1024;

const MAX_TEXT_CHARACTERS = 2_048;
const MAX_FIELDS = 16;

/** Of one stream of packets: more than the exporter can watch. */
const MAX_DEVICES = 4_096;
const MAX_SAMPLE = 65_536;
/** Longer ones the language of filters refuses as well. */
const MAX_FILTER_CHARACTERS = 4_096;

type Fields = Readonly<Record<string, unknown>>;

/** Whether an argument is what the call takes. */
export const ACCEPTS: { readonly [Name in keyof EngineCalls]: (argument: unknown) => boolean } = {
  snapshot: isWireCounts,
  files: () => true,
  log: isLogRecord,
  openPackets: isPacketRequest,
  packetsTaken: isTaken,
  closePackets: isCount,
};

function isWireCounts(value: unknown): boolean {
  return (
    isFields(value) &&
    isCount(value['cpuSeconds']) &&
    (value['push'] === undefined || isPushState(value['push']))
  );
}

function isPushState(value: unknown): boolean {
  if (!isFields(value) || !isFields(value['exports'])) {
    return false;
  }
  const { success, failure } = value['exports'];
  return [value['startedAtMs'], value['lastSuccessAtMs'], success, failure].every(isCount);
}

function isLogRecord(value: unknown): boolean {
  if (!isFields(value) || !isFields(value['fields'])) {
    return false;
  }
  const { level, message, fields } = value;
  const entries = Object.entries(fields);
  return (
    (LOG_LEVELS as readonly unknown[]).includes(level) &&
    isText(message) &&
    entries.length <= MAX_FIELDS &&
    entries.every(([name, field]) => isText(name) && isScalar(field))
  );
}

function isPacketRequest(value: unknown): boolean {
  if (!isFields(value)) {
    return false;
  }
  const { filter, sample, devices } = value;
  const isList = Array.isArray(devices) && devices.length <= MAX_DEVICES && devices.every(isText);
  return (
    typeof filter === 'string' &&
    filter.length <= MAX_FILTER_CHARACTERS &&
    isPositiveInteger(sample) &&
    Number(sample) <= MAX_SAMPLE &&
    (devices === undefined || isList)
  );
}

function isTaken(value: unknown): boolean {
  return isFields(value) && isCount(value['stream']) && isPositiveInteger(value['rows']);
}

/** The wire cannot be asked what it counted before it ended: it is told by each snapshot that it asks for. */
export const NOTHING_COUNTED: WireCounts = { cpuSeconds: 0 };

/** Of two counts, what goes back in neither: a wire that says less than one before it is not believed. */
export function laterCounts(before: WireCounts, now: WireCounts): WireCounts {
  const cpuSeconds = Math.max(before.cpuSeconds, now.cpuSeconds);
  const push = now.push ?? before.push;
  if (push === undefined || before.push === undefined) {
    return { cpuSeconds, ...(push === undefined ? {} : { push }) };
  }
  const exports = (['success', 'failure'] as const).map(
    (outcome) =>
      [outcome, Math.max(before.push?.exports[outcome] ?? 0, push.exports[outcome])] as const,
  );
  return {
    cpuSeconds,
    push: {
      startedAtMs: before.push.startedAtMs,
      exports: Object.fromEntries(exports) as Record<(typeof exports)[number][0], number>,
      lastSuccessAtMs: push.lastSuccessAtMs,
    },
  };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPositiveInteger(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT_CHARACTERS;
}

function isScalar(value: unknown): boolean {
  return value === undefined || ['number', 'boolean'].includes(typeof value) || isText(value);
}
