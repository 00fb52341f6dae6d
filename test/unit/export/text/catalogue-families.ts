// SPDX-License-Identifier: Apache-2.0
// A family for every metric of the catalogue, on devices with odd names, and where the text of them all lies.
import { METRICS } from '../../../../src/catalogue/catalogue.ts';
import type { ExposedFamily } from '../../../../src/export/family.ts';
import { createExpositionWriter, type TextFormat } from '../../../../src/export/text/exposition.ts';
import type { MetricDefinition } from '../../../../src/metrics/definition.ts';
import type { Labels } from '../../../../src/metrics/labels.ts';

const NAMES = [
  'eth0',
  'quote"and\\backslash',
  '{device="forged"} 1',
  'a,b=c',
  'é\u{1f41d}',
  'line\nbreak\ttab',
  '\ufffd[7]',
];

/** One for each way in which a number is written. */
const INTEGERS = [0, 7, 100_000_000, 12_345_678_901, 2 ** 53, 2 ** 60, 1];
const FRACTIONS = [0, 0.25, 1e-7, 1_700_000_000.5, 1.5e300, Number.POSITIVE_INFINITY, 1 / 3];
/** Only a gauge may be that. */
const GAUGE_FRACTIONS = FRACTIONS.with(-1, Number.NaN);

const BOUNDARIES = [0.000_01, 0.001, 0.5, 1, 64, 65_536, 1_048_576];

export function catalogueFamilies(): readonly ExposedFamily[] {
  const definitions: readonly MetricDefinition[] = Object.values(METRICS);
  return definitions.map((definition): ExposedFamily => {
    if (definition.type === 'histogram') {
      const { type } = definition;
      const counts = [...BOUNDARIES.keys(), 1_000];
      const measured = { boundaries: BOUNDARIES, counts, count: 1_021, sum: 123_456.75 };
      const samples = NAMES.map((name) => ({ labels: labelsOf(definition, name), ...measured }));
      return { definition, type, samples };
    }
    const fractions = definition.type === 'gauge' ? GAUGE_FRACTIONS : FRACTIONS;
    const values = definition.fractional === true ? fractions : INTEGERS;
    const samples = NAMES.slice(0, definition.labels.length === 0 ? 1 : undefined).map(
      (name, index) => ({ labels: labelsOf(definition, name), value: values[index] ?? 0 }),
    );
    return { definition, type: definition.type, samples };
  });
}

function labelsOf({ labels, optionalLabels = [] }: MetricDefinition, value: string): Labels {
  return Object.fromEntries([...labels, ...optionalLabels].map((label) => [label, value]));
}

/** Text of `catalogueFamilies` that a person has read, written anew by `npm run docs`. */
export const GOLDEN_FILES = {
  text: new URL('../../../../../test/unit/export/text/catalogue.prom', import.meta.url),
  openmetrics: new URL(
    '../../../../../test/unit/export/text/catalogue.openmetrics',
    import.meta.url,
  ),
} as const satisfies Record<TextFormat, URL>;

export function catalogueText(format: TextFormat): Buffer {
  return createExpositionWriter(format)(catalogueFamilies());
}
