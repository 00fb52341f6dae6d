// SPDX-License-Identifier: Apache-2.0
// Reads OTLP's JSON, as far as tests need it.
import type { OtlpAttribute, OtlpBody, OtlpPoint } from './scripted-collector.ts';

type Values = Readonly<Record<string, string | number | undefined>>;

function valuesOf(attributes: readonly OtlpAttribute[]): Values {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]),
  );
}

export function resourceOf(body: OtlpBody): Values {
  return valuesOf(body.resourceMetrics.flatMap(({ resource }) => resource.attributes));
}

export function attributesOf(point: OtlpPoint): Values {
  return valuesOf(point.attributes);
}

/** Of a sum or a gauge. */
export function pointsOf(body: OtlpBody, name: string): readonly OtlpPoint[] {
  return body.resourceMetrics
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap(({ metrics }) => metrics)
    .filter((metric) => metric.name === name)
    .flatMap(({ sum, gauge }) => (sum ?? gauge)?.dataPoints ?? []);
}

export function totalOf(body: OtlpBody, name: string): number {
  return pointsOf(body, name).reduce(
    (total, { asInt, asDouble }) => total + (asInt ?? asDouble ?? 0),
    0,
  );
}
