// SPDX-License-Identifier: Apache-2.0
// A histogram as protobuf: the classic buckets, and where observations are counted by powers of two the native ones beside.
import type { ExposedHistogram } from '../family.ts';
import { BUCKET, BUCKET_SPAN, HISTOGRAM } from './fields.ts';
import type { MessageWriter } from './message-writer.ts';

/** Native buckets that end at the powers of two: bucket i holds (2^(i-1), 2^i]. */
const SCHEMA = 0;
/** What is this close to 0 is in no bucket; client_golang has the same. Also tells that a histogram is native while it is empty. */
const ZERO_THRESHOLD = 2 ** -128;

/** The fields of a Histogram but for `created_timestamp`. */
export function writeHistogram(writer: MessageWriter, sample: ExposedHistogram): void {
  writer.unsigned(HISTOGRAM.sampleCount, sample.count);
  writer.double(HISTOGRAM.sampleSum, sample.sum);
  writeClassic(writer, sample);
  if (sample.powersOfTwo !== undefined) {
    writeNative(writer, sample.powersOfTwo);
  }
}

function writeClassic(writer: MessageWriter, { boundaries, counts }: ExposedHistogram): void {
  let cumulative = 0;
  for (const [slot, bound] of [...boundaries, Number.POSITIVE_INFINITY].entries()) {
    cumulative += counts[slot] ?? 0;
    writer.message(HISTOGRAM.bucket, () => {
      writer.unsigned(BUCKET.cumulativeCount, cumulative);
      writer.double(BUCKET.upperBound, bound);
    });
  }
}

/** From the first bucket that holds something to the last one: a counter's buckets only ever become more. */
function writeNative(writer: MessageWriter, powers: ArrayLike<number>): void {
  writer.signed(HISTOGRAM.schema, SCHEMA);
  writer.double(HISTOGRAM.zeroThreshold, ZERO_THRESHOLD);
  writer.unsigned(HISTOGRAM.zeroCount, 0);
  const counts = Array.from(powers);
  const first = counts.findIndex((count) => count > 0);
  const last = counts.findLastIndex((count) => count > 0);
  if (first < 0) {
    return;
  }
  writer.message(HISTOGRAM.positiveSpan, () => {
    writer.signed(BUCKET_SPAN.offset, first);
    writer.unsigned(BUCKET_SPAN.length, last - first + 1);
  });
  const held = counts.slice(first, last + 1);
  writer.packedSigned(
    HISTOGRAM.positiveDelta,
    held.map((count, index) => count - (held[index - 1] ?? 0)),
  );
}
