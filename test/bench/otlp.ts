// SPDX-License-Identifier: Apache-2.0
// What a push of many points by OTLP costs the main thread, beside one that does nothing.
import { once } from 'node:events';
import { ScriptedCollector } from '../e2e/support/scripted-collector.ts';
import type { PushFigures } from './otlp-push.ts';
import { minimum, quantile, type Result } from './result.ts';
import { forkAsWire } from './wire-fork.ts';

export async function benchOtlp(): Promise<Result[]> {
  const [figures, json] = [await measure('http/protobuf'), await measure('http/json')];
  const block = (protocol: string, { blockMs, idleMs }: PushFigures): Result => ({
    name: `OTLP: longest block of the main thread in 15 exports of them as ${protocol}`,
    unit: 'ms',
    value: minimum(blockMs),
    baseline: { name: 'doing nothing', value: minimum(idleMs) },
    gate: 20,
  });
  return [
    {
      name: `OTLP: collect ${figures.points} points, median`,
      unit: 'ms',
      value: quantile(figures.collectMs, 0.5),
      gate: 10,
    },
    block('protobuf', figures),
    block('JSON', json),
  ];
}

async function measure(protocol: string): Promise<PushFigures> {
  const collector = await ScriptedCollector.start();
  const child = forkAsWire('otlp-push.js', [collector.url, protocol]);
  try {
    const [figures] = (await once(child, 'message')) as [PushFigures];
    return figures;
  } finally {
    child.kill();
    await collector.close();
  }
}
