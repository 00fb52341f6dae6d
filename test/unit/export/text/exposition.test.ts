// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ExposedFamily } from '../../../../src/export/family.ts';
import { createExpositionWriter, type TextFormat } from '../../../../src/export/text/exposition.ts';
import { describeSample, type Sample } from '../../../e2e/support/exposition.ts';
import { readWithPython } from '../../../e2e/support/second-parser.ts';
import { checkWithPromtool } from '../promtool.ts';
import { catalogueText, GOLDEN_FILES } from './catalogue-families.ts';
import { readExposition } from './read-exposition.ts';

const FORMATS: readonly TextFormat[] = ['text', 'openmetrics'];

describe('writeExposition', () => {
  for (const format of FORMATS) {
    it(`writes the whole catalogue as the golden ${format}`, () => {
      assert.equal(catalogueText(format).toString(), readFileSync(GOLDEN_FILES[format], 'utf8'));
    });

    it(`writes ${format} that Python's prometheus_client reads as we do`, () => {
      const text = catalogueText(format).toString();
      const read = (families: readonly { readonly samples: readonly Sample[] }[]) =>
        families.flatMap(({ samples }) => samples.map(describeSample));
      assert.deepEqual(
        read(readWithPython(text, format)).toSorted(),
        read(readExposition(text, format)).toSorted(),
      );
    });

    it(`writes ${format} from which every family can be had back`, () => {
      // One for all, so that each exposition meets what is left of the one before.
      const write = createExpositionWriter(format);
      fc.assert(
        fc.property(families(), (given) => {
          const text = write(given).toString();
          assert.deepEqual(
            readExposition(text, format).map(({ samples, unit: _, ...head }) => ({
              ...head,
              samples: samples.map(comparable),
            })),
            given.map((family) => ({
              name: nameOf(family, format),
              help: family.definition.help,
              type: family.type,
              samples: samplesOf(family).map(comparable),
            })),
          );
        }),
      );
    });
  }

  it('writes text that promtool has no complaint about', () => {
    assert.deepEqual(checkWithPromtool(catalogueText('text')), { status: 0, output: '' });
  });

  it('says the unit only where the name ends with it', () => {
    const units = readExposition(catalogueText('openmetrics').toString(), 'openmetrics').flatMap(
      ({ name, unit }) => (unit === undefined ? [] : [[name, unit]]),
    );
    assert.ok(units.length > 0);
    for (const [name, unit] of units) {
      assert.match(`${name} ${unit}`, /_bytes bytes$|_seconds seconds$/);
    }
  });

  it('writes nothing of no families but the end', () => {
    assert.equal(createExpositionWriter('text')([]).toString(), '');
    assert.equal(createExpositionWriter('openmetrics')([]).toString(), '# EOF\n');
  });

  it('keeps memory of its own for each text', () => {
    const gauge = (value: number): ExposedFamily => ({
      definition: { name: 'a', help: '' },
      type: 'gauge',
      samples: [{ labels: {}, value }],
    });
    const write = createExpositionWriter('text');
    const first = write([gauge(1)]);
    write([gauge(2)]);
    assert.equal(first.toString(), '# HELP a \n# TYPE a gauge\na 1\n');
  });
});

describe('an exposition after another', () => {
  const pool = Array.from({ length: 40 }, (_, index) => ({ device: `eth${index}` }));
  const definition = { name: 'a_total', help: 'A.' };
  const boundaries = [1, 2];

  const familiesOf = (places: readonly number[]): readonly ExposedFamily[] => {
    const labels = places.flatMap((place) => pool[place] ?? []);
    const measured = { boundaries, counts: [1, 1, 1], count: 3, sum: 5 };
    return [
      {
        definition,
        type: 'counter',
        samples: labels.map((each, value) => ({ labels: each, value })),
      },
      {
        definition: { name: 'b', help: 'B.' },
        type: 'histogram',
        samples: labels.map((each) => ({ labels: each, ...measured })),
      },
    ];
  };

  it('is the same as one of its own, whatever came, went or moved', () => {
    const places = fc.uniqueArray(fc.nat(pool.length - 1));
    fc.assert(
      fc.property(fc.constantFrom(...FORMATS), fc.array(places), (format, turns) => {
        const write = createExpositionWriter(format);
        for (const turn of turns) {
          const families = familiesOf(turn);
          assert.deepEqual(write(families), createExpositionWriter(format)(families));
        }
      }),
    );
  });
});

/** Hostile and common strings alike, of whole code points. */
const text = () =>
  fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('\\', '"', '\n', '\r', '{', '}', ',', '=', ' ', 'n', '#') }),
  );

const labels = () =>
  fc.dictionary(fc.constantFrom('device', 'netns', 'cpu', 'action', 'reason'), text(), {
    noNullPrototype: true,
  });

const count = () => fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom(0, 2 ** 53, 2 ** 60));

const number = () => fc.oneof(fc.double(), count(), fc.integer());

function families(): fc.Arbitrary<readonly ExposedFamily[]> {
  const name = fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,20}$/);
  const scalar = (type: 'counter' | 'gauge', value: fc.Arbitrary<number>) =>
    fc.record({
      definition: fc.record({
        name: type === 'counter' ? name.map((base) => `${base}_total`) : name,
        help: text(),
      }),
      type: fc.constant(type),
      samples: fc.array(fc.record({ labels: labels(), value }), { minLength: 1 }),
    });
  return fc.array(
    fc.oneof(scalar('counter', count()), scalar('gauge', number()), histogram(name)),
    { maxLength: 6 },
  );
}

function histogram(name: fc.Arbitrary<string>): fc.Arbitrary<ExposedFamily> {
  const boundaries = fc
    .uniqueArray(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 8 })
    .map((bounds) => bounds.toSorted((a, b) => a - b));
  const sample = boundaries.chain((bounds) =>
    fc.record({
      labels: labels(),
      boundaries: fc.constant(bounds),
      counts: fc.array(fc.nat(), { minLength: bounds.length + 1, maxLength: bounds.length + 1 }),
      count: count(),
      sum: number(),
    }),
  );
  return fc.record({
    definition: fc.record({ name, help: text() }),
    type: fc.constant('histogram' as const),
    samples: fc.array(sample, { minLength: 1, maxLength: 4 }),
  });
}

function nameOf({ definition: { name }, type }: ExposedFamily, format: TextFormat): string {
  return format === 'openmetrics' && type === 'counter' ? name.slice(0, -'_total'.length) : name;
}

/** Bounds are compared as numbers: the formats write them differently. */
function comparable({ labels: { le, ...others }, ...sample }: Sample): string {
  const bound = le === undefined ? {} : { le: String(Number(le.replace(/Inf$/, 'Infinity'))) };
  return describeSample({ ...sample, labels: { ...others, ...bound } });
}

/** What the formats' specifications make of a family. */
function samplesOf(family: ExposedFamily): Sample[] {
  const { name } = family.definition;
  if (family.type !== 'histogram') {
    return family.samples.map(({ labels: each, value }) => ({
      name,
      labels: each as Sample['labels'],
      value,
    }));
  }
  return family.samples.flatMap((sample) => {
    const shared = sample.labels as Sample['labels'];
    const bounds = [...sample.boundaries, Number.POSITIVE_INFINITY];
    return [
      ...bounds.map((bound, index) => ({
        name: `${name}_bucket`,
        labels: { ...shared, le: String(bound) },
        value: sample.counts.slice(0, index + 1).reduce((sum, each) => sum + each, 0),
      })),
      { name: `${name}_sum`, labels: shared, value: sample.sum },
      { name: `${name}_count`, labels: shared, value: sample.count },
    ];
  });
}
