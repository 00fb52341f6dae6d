// SPDX-License-Identifier: Apache-2.0
// A snapshot from a line of JSON: the inverse of json.ts.
import { ExporterError, errorMessage } from '../errors.ts';
import type { Snapshot } from './snapshot.ts';

/** Throws an ExporterError where the line is no snapshot. */
export function decodeSnapshot(line: string): Snapshot {
  try {
    const { parts, ...others } = JSON.parse(line) as Snapshot;
    return { ...others, parts: revive(parts) as Snapshot['parts'] };
  } catch (cause) {
    throw new ExporterError(`read snapshot: ${errorMessage(cause)}`, { cause });
  }
}

/** In the parts of a snapshot all numbers that come in a row are a Float64Array, and null is what is undefined. */
function revive(value: unknown): unknown {
  if (Array.isArray(value)) {
    const isNumeric = value.length > 0 && value.every((item) => typeof item === 'number');
    return isNumeric ? Float64Array.from(value) : value.map(revive);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item)]));
  }
  return value ?? undefined;
}
