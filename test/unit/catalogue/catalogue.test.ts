// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { METRICS } from '../../../src/catalogue/catalogue.ts';
import {
  LABEL_ATTRIBUTES,
  type LabelName,
  type MetricDefinition,
} from '../../../src/metrics/definition.ts';

/**
 * What a Prometheus server calls a metric that it receives by OTLP: github.com/prometheus/otlptranslator, with
 * suffixes, for the units that the catalogue has and those that it must avoid.
 */
function translateName({ otelName, unit, type }: MetricDefinition): string {
  const words = otelName.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== '');
  const [main = '', per = ''] = unit.replaceAll(/\{[^}]*\}/g, '').split('/');
  const suffixes = [UNITS[main] ?? main, ...(per === '' ? [] : ['per', PER_UNITS[per] ?? per])];
  words.push(...suffixes.filter((suffix) => suffix !== '' && !words.includes(suffix)));
  const unsuffixed = words.filter((word) => word !== 'total' || type !== 'counter');
  if (type === 'counter') {
    unsuffixed.push('total');
  }
  return [
    ...unsuffixed.filter((word) => word !== 'ratio' || !isRatio(main, type)),
    ...(isRatio(main, type) ? ['ratio'] : []),
  ].join('_');
}

function isRatio(unit: string, type: string): boolean {
  return unit === '1' && type === 'gauge';
}

/** A label's name, where UTF-8 is not allowed. */
function translateAttribute(attribute: string): string {
  return attribute.replaceAll(/[^a-zA-Z0-9_]/g, '_');
}

const UNITS: Readonly<Record<string, string>> = {
  ...{ d: 'days', h: 'hours', min: 'minutes', s: 'seconds', ms: 'milliseconds' },
  ...{ us: 'microseconds', ns: 'nanoseconds', By: 'bytes', KiBy: 'kibibytes', MiBy: 'mebibytes' },
  ...{ GiBy: 'gibibytes', KBy: 'kilobytes', MBy: 'megabytes', GBy: 'gigabytes' },
  ...{ Hz: 'hertz', Cel: 'celsius', '1': '', '%': 'percent' },
};

const PER_UNITS: Readonly<Record<string, string>> = { s: 'second', m: 'minute', h: 'hour' };

/** Every label that a sample of the metric can have. */
function labelsOf({ labels, optionalLabels = [] }: MetricDefinition): readonly LabelName[] {
  return [...labels, ...optionalLabels, ...(labels.includes('device') ? ['netns' as const] : [])];
}

describe('translateName', () => {
  const gauge: MetricDefinition = { ...METRICS.deviceUp, otelName: 'a.b' };

  it('follows the OTLP rules in the cases that the catalogue must avoid or use', () => {
    assert.equal(translateName(gauge), 'a_b');
    assert.equal(translateName({ ...gauge, unit: '1' as '' }), 'a_b_ratio');
    assert.equal(translateName({ ...gauge, unit: 's' }), 'a_b_seconds');
    assert.equal(translateName({ ...gauge, otelName: 'a.bytes', unit: 'By' }), 'a_bytes');
    assert.equal(translateName({ ...gauge, unit: '{packet}', type: 'counter' }), 'a_b_total');
    assert.equal(translateName({ ...gauge, unit: '{packet}/s' as '' }), 'a_b_per_second');
    assert.equal(translateName({ ...gauge, otelName: 'a.total.b', type: 'counter' }), 'a_b_total');
    assert.equal(translateName({ ...gauge, otelName: 'a.ratio', unit: '1' as '' }), 'a_ratio');
  });
});

describe('the catalogue', () => {
  const definitions: readonly MetricDefinition[] = Object.values(METRICS);

  for (const definition of definitions) {
    it(`names ${definition.name} as OTLP translates ${definition.otelName}`, () => {
      assert.equal(translateName(definition), definition.name);
    });

    it(`explains ${definition.name} in sentences`, () => {
      assert.match(definition.help, /^[A-Z][^\n]+\.$/);
    });

    it(`gives ${definition.name} labels that have an attribute, each once`, () => {
      const labels = labelsOf(definition);
      for (const label of labels) {
        assert.match(LABEL_ATTRIBUTES[label], /^[a-z]+(\.[a-z_]+)+$/);
      }
      assert.equal(new Set(labels).size, labels.length);
    });

    it(`explains values only of labels that ${definition.name} has, in sentences`, () => {
      for (const [label, meanings] of Object.entries(definition.values ?? {})) {
        assert.ok(labelsOf(definition).some((each) => each === label));
        for (const meaning of Object.values(meanings)) {
          assert.match(meaning, /^[A-Z][^\n]+\.$/);
        }
      }
    });
  }

  it('gives no two attributes of a metric the same label in Prometheus', () => {
    for (const definition of definitions) {
      const { name } = definition;
      const labels = labelsOf(definition);
      const translated = labels.map((label) => translateAttribute(LABEL_ATTRIBUTES[label]));
      assert.equal(new Set(translated).size, labels.length, name);
    }
  });

  it('has whole numbers wherever things are counted', () => {
    const fractional = definitions.filter((definition) => definition.fractional === true);
    assert.deepEqual(
      fractional.map(({ name, type }) => [name, type]),
      [
        ['xdp_ring_fill_ratio_max', 'gauge'],
        ['xdp_program_run_seconds_avg', 'gauge'],
        ['xdp_otlp_last_success_timestamp_seconds', 'gauge'],
        ['xdp_scrape_collector_duration_seconds', 'gauge'],
        ['xdp_process_cpu_seconds_total', 'counter'],
      ],
    );
  });

  it('holds every name and every attribute once', () => {
    const names = definitions.map(({ name }) => name);
    const attributes = Object.values(LABEL_ATTRIBUTES);
    assert.equal(new Set(names).size, names.length);
    assert.equal(new Set(attributes).size, attributes.length);
  });

  it('has no label that no metric uses', () => {
    const used = new Set<string>(definitions.flatMap(labelsOf));
    assert.deepEqual(Object.keys(LABEL_ATTRIBUTES).sort(), [...used].sort());
  });
});
