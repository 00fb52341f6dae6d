// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ExposedHistogram } from '../../../../src/export/family.ts';
import { createProtobufWriter } from '../../../../src/export/protobuf/exposition.ts';
import { createExpositionWriter } from '../../../../src/export/text/exposition.ts';
import { catalogueFamilies } from '../text/catalogue-families.ts';
import { readExposition } from '../text/read-exposition.ts';
import { classicSamples, nativeBuckets, readProtobuf } from './read-protobuf.ts';

const write = createProtobufWriter();

const LABELS = { device: 'eth0' };

function histogramOf(powers: readonly number[], startedAtMs?: number): ExposedHistogram {
  const count = powers.reduce((total, held) => total + held, 0);
  return {
    labels: LABELS,
    boundaries: [1, 2],
    counts: [powers[0] ?? 0, powers[1] ?? 0, count - (powers[0] ?? 0) - (powers[1] ?? 0)],
    powersOfTwo: powers,
    count,
    sum: 5,
    startedAtMs,
  };
}

function decodeHistogram(sample: ExposedHistogram) {
  const definition = { name: 'h_bytes', help: 'h' };
  const [family] = readProtobuf(write([{ type: 'histogram', definition, samples: [sample] }]));
  const histogram = family?.metric?.[0]?.histogram;
  assert.ok(histogram);
  return histogram;
}

describe('the protobuf exposition', () => {
  it('says of every metric what the text says, sample by sample', () => {
    const families = catalogueFamilies();
    const text = readExposition(createExpositionWriter('text')(families).toString(), 'text');
    for (const round of ['first', 'second']) {
      const decoded = readProtobuf(write(families));
      assert.equal(decoded.length, text.length, round);
      for (const [index, family] of decoded.entries()) {
        const { name, help, type } = family;
        const read = { name, help, type: type.toLowerCase(), samples: classicSamples(family) };
        assert.deepEqual(read, text[index]);
      }
    }
  });

  it('says the same units as OpenMetrics', () => {
    const families = catalogueFamilies();
    const text = createExpositionWriter('openmetrics')(families).toString();
    assert.deepEqual(
      readProtobuf(write(families)).map(({ unit }) => unit),
      readExposition(text, 'openmetrics').map(({ unit }) => unit),
    );
  });

  it('follows series that come, go and move, and values of every kind', () => {
    const device = fc.string({ unit: 'grapheme' });
    const value = fc.oneof(fc.double(), fc.maxSafeNat());
    fc.assert(
      fc.property(fc.array(device), fc.infiniteStream(value), fc.gen(), (devices, values, draw) => {
        const labels = devices.map((name) => ({ device: name }));
        for (let round = 0; round < 4; round++) {
          const some = draw(fc.shuffledSubarray, labels);
          const samples = some.map((each) => ({ labels: each, value: values.next().value }));
          const definition = { name: 'g', help: '' };
          const [family] = readProtobuf(write([{ type: 'gauge', definition, samples }]));
          assert.ok(family);
          const wanted = samples.map((sample) => ({ name: 'g', ...sample }));
          assert.deepEqual(classicSamples(family), wanted);
        }
      }),
    );
  });

  it('begins to count anew where the start changes, and tells it in nanoseconds', () => {
    const labels = { device: 'eth0' };
    const startOf = (startedAtMs: number | undefined) => {
      const definition = { name: 'c_total', help: '' };
      const samples = [{ labels, value: 1, startedAtMs }];
      const [family] = readProtobuf(write([{ type: 'counter', definition, samples }]));
      return family?.metric?.[0]?.counter?.created_timestamp;
    };
    assert.equal(startOf(undefined), undefined);
    assert.deepEqual(
      { ...startOf(1_800_000_000_250) },
      { seconds: 1_800_000_000, nanos: 250_000_000 },
    );
    assert.deepEqual({ ...startOf(1_800_000_001_000) }, { seconds: 1_800_000_001, nanos: 0 });
    assert.deepEqual(
      { ...decodeHistogram(histogramOf([1], 7_001)).created_timestamp },
      { seconds: 7, nanos: 1_000_000 },
    );
  });

  it('leaves out labels that are undefined, and writes none for none', () => {
    const samples = [
      { labels: { device: 'eth0', netns: undefined }, value: 1 },
      { labels: {}, value: 2 },
    ];
    const [family] = readProtobuf(
      write([{ type: 'gauge', definition: { name: 'g', help: '' }, samples }]),
    );
    assert.deepEqual(family && classicSamples(family), [
      { name: 'g', labels: { device: 'eth0' }, value: 1 },
      { name: 'g', labels: {}, value: 2 },
    ]);
  });
});

describe('a native histogram', () => {
  it('has the buckets that the powers of two end', () => {
    const histogram = decodeHistogram(histogramOf([0, 0, 3, 0, 7, 2, 0]));
    assert.equal(histogram.schema, 0);
    assert.equal(histogram.zero_count, 0);
    assert.deepEqual(nativeBuckets(histogram), { 2: 3, 3: 0, 4: 7, 5: 2 });
  });

  it('is native also while it is empty, as is told by its threshold of zero', () => {
    const histogram = decodeHistogram(histogramOf([0, 0, 0]));
    assert.equal(histogram.zero_threshold, 2 ** -128);
    assert.deepEqual(nativeBuckets(histogram), {});
  });

  it('is only classic where nothing finer is known', () => {
    const { powersOfTwo: _, ...classic } = histogramOf([1, 2, 3]);
    const histogram = decodeHistogram(classic);
    assert.equal(histogram.schema, undefined);
    assert.equal(histogram.zero_threshold, undefined);
    assert.equal(histogram.sample_count, 6);
  });

  it('adds up to its count, whatever the counts are', () => {
    const powers = fc.array(
      fc.maxSafeNat().map((count) => Math.floor(count / 32)),
      { maxLength: 21 },
    );
    fc.assert(
      fc.property(powers, (counts) => {
        const histogram = decodeHistogram(histogramOf(counts));
        const buckets = nativeBuckets(histogram);
        const held = counts.flatMap((count, index) => (count > 0 ? [[index, count]] : []));
        assert.deepEqual(
          Object.entries(buckets).filter(([, count]) => count > 0),
          held.map(([index, count]) => [String(index), count]),
        );
        assert.equal(
          histogram.sample_count,
          counts.reduce((total, count) => total + count, 0),
        );
      }),
    );
  });

  it('is exact to 2^53, up and down', () => {
    const most = 2 ** 53;
    const histogram = decodeHistogram({
      ...histogramOf([]),
      powersOfTwo: [most, 1, most - 1, 3],
      count: most,
    });
    assert.deepEqual(histogram.positive_delta, [most, 1 - most, most - 2, 4 - most]);
    assert.equal(histogram.sample_count, most);
  });
});
