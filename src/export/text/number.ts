// SPDX-License-Identifier: Apache-2.0
// Numbers as the text formats spell them.

/** What the longest one takes, with a little more: -2.2250738585072014e-308. */
export const MAX_NUMBER_LENGTH = 32;

const ZERO = 0x30;
/** Digits go in groups that 32-bit integers hold, which are divided ten times as fast as doubles. */
const GROUP_DIGITS = 8;
const GROUP = 10 ** GROUP_DIGITS;

/** From these on, Go's "%g" and OpenMetrics write an exponent, of at least two digits. */
const EXPONENT_FROM = 1e6;
const EXPONENT_BELOW = 1e-4;

/**
 * As both formats and Go's strconv read it: integers up to 2^53 in full, others as short as they are exact. Returns
 * where the number ends.
 */
export function writeNumber(bytes: Buffer, start: number, value: number): number {
  return value >= 0 && value <= 2 ** 53 && Math.floor(value) === value
    ? writeInteger(bytes, start, value)
    : start + bytes.write(formatNumber(value), start, 'latin1');
}

/** As JavaScript does but for infinity, which Prometheus spells its own way. */
export function formatNumber(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) {
    return String(value);
  }
  return value > 0 ? '+Inf' : '-Inf';
}

/** As OpenMetrics wants every exporter to write a bucket's bound: "64.0", "0.001", "1e-05", "1.048576e+06". */
export function formatBound(value: number): string {
  const size = Math.abs(value);
  if (Number.isFinite(value) && size !== 0 && (size >= EXPONENT_FROM || size < EXPONENT_BELOW)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  const text = formatNumber(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** Returns where the integer ends. */
function writeInteger(bytes: Buffer, start: number, value: number): number {
  if (value < GROUP) {
    return writeDigits(bytes, start, value, digitsOf(value));
  }
  const high = Math.floor(value / GROUP);
  const end = writeInteger(bytes, start, high);
  return writeDigits(bytes, end, value - high * GROUP, GROUP_DIGITS);
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let power = 10; power <= value; power *= 10) {
    digits++;
  }
  return digits;
}

/** The last `count` digits of an integer below `GROUP`, with zeros in front. */
function writeDigits(bytes: Buffer, start: number, value: number, count: number): number {
  const end = start + count;
  let rest = value | 0;
  for (let at = end - 1; at >= start; at--) {
    const tenth = (rest / 10) | 0;
    bytes[at] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return end;
}
