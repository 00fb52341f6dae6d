// SPDX-License-Identifier: Apache-2.0
// A snapshot as JSON text, for whoever reads it outside of the two processes.
import type { Snapshot } from './snapshot.ts';

/** What `JSON.parse` makes of the text of a `Value`: arrays of numbers in the place of typed ones, null in that of undefined. */
type FromJson<Value> = Value extends Float64Array
  ? readonly number[]
  : Value extends readonly (infer Item)[]
    ? readonly (FromJson<Exclude<Item, undefined>> | (undefined extends Item ? null : never))[]
    : Value extends object
      ? { readonly [Key in keyof Value]: FromJson<Value[Key]> }
      : Value;

/** A snapshot as it is read back: in an array by device, one that was never counted has null. */
export type JsonSnapshot = FromJson<Snapshot>;

/**
 * One line. Every number comes back as it was: counters are exact up to 2^53 in a snapshot, and JSON's digits lose nothing
 * of them. A reader has to take them for doubles or for integers of 64 bits.
 */
export function snapshotToJson(snapshot: Snapshot): string {
  return JSON.stringify(withPlainArrays(snapshot));
}

/** Before and not while it is written: a replacer would be called for each of the numbers, and takes twice as long. */
function withPlainArrays(value: unknown): unknown {
  if (value instanceof Float64Array) {
    return Array.from(value);
  }
  if (Array.isArray(value)) {
    return value.map(withPlainArrays);
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => [key, withPlainArrays(item)]);
    return Object.fromEntries(entries);
  }
  return value;
}
