// SPDX-License-Identifier: Apache-2.0
// What a push of many points by OTLP costs the main thread, beside one that does nothing.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ScriptedCollector } from '../e2e/support/scripted-collector.ts';
import type { PushFigures } from './otlp-push.ts';
import { minimum, quantile, type Result } from './result.ts';

const PUSH = fileURLToPath(new URL('./otlp-push.js', import.meta.url));

export async function benchOtlp(): Promise<Result[]> {
  const collector = await ScriptedCollector.start();
  const child = fork(PUSH, [collector.url]);
  try {
    const [{ points, collectMs, blockMs, idleMs }] = (await once(child, 'message')) as [
      PushFigures,
    ];
    return [
      {
        name: `OTLP: collect ${points} points, median`,
        unit: 'ms',
        value: quantile(collectMs, 0.5),
        gate: 10,
      },
      {
        name: `OTLP: longest block of the main thread in 15 exports of them`,
        unit: 'ms',
        value: minimum(blockMs),
        baseline: { name: 'doing nothing', value: minimum(idleMs) },
        gate: 20,
      },
    ];
  } finally {
    child.kill();
    await collector.close();
  }
}
