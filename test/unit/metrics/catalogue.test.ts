// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  LABEL_ATTRIBUTES,
  METRICS,
  type MetricDefinition,
} from '../../../src/metrics/catalogue.ts';

const UNIT_SUFFIXES: Readonly<Record<string, string>> = { By: 'bytes', s: 'seconds' };

/** The name that a Prometheus server gives to a metric received by OTLP. */
function translateName({ otelName, unit, type }: MetricDefinition): string {
  const words = otelName.split(/[^a-zA-Z0-9]+/).filter((word) => word !== '');
  const plainUnit = unit.replace(/\{.*\}/, '');
  const suffix = UNIT_SUFFIXES[plainUnit] ?? plainUnit;
  if (suffix !== '' && suffix !== '1' && !words.includes(suffix)) {
    words.push(suffix);
  }
  if (suffix === '1' && type === 'gauge') {
    words.push('ratio');
  }
  return [
    ...words.filter((word) => word !== 'total'),
    ...(type === 'counter' ? ['total'] : []),
  ].join('_');
}

describe('translateName', () => {
  const gauge: MetricDefinition = { ...METRICS.deviceUp, otelName: 'a.b' };

  it('follows the OTLP rules in the cases that the catalogue must avoid or use', () => {
    assert.equal(translateName(gauge), 'a_b');
    assert.equal(translateName({ ...gauge, unit: '1' as '' }), 'a_b_ratio');
    assert.equal(translateName({ ...gauge, unit: 's' }), 'a_b_seconds');
    assert.equal(translateName({ ...gauge, otelName: 'a.bytes', unit: 'By' }), 'a_bytes');
    assert.equal(translateName({ ...gauge, unit: '{packet}', type: 'counter' }), 'a_b_total');
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

    it(`gives ${definition.name} labels that have an attribute and are not in its name`, () => {
      for (const label of definition.labels) {
        assert.match(LABEL_ATTRIBUTES[label], /^[a-z]+(\.[a-z_]+)+$/);
      }
      assert.equal(new Set(definition.labels).size, definition.labels.length);
    });
  }

  it('holds every name and every attribute once', () => {
    const names = definitions.map(({ name }) => name);
    const attributes = Object.values(LABEL_ATTRIBUTES);
    assert.equal(new Set(names).size, names.length);
    assert.equal(new Set(attributes).size, attributes.length);
  });

  it('has no label that no metric uses', () => {
    const used = new Set<string>(definitions.flatMap(({ labels }) => labels));
    assert.deepEqual(Object.keys(LABEL_ATTRIBUTES).sort(), [...used].sort());
  });
});
