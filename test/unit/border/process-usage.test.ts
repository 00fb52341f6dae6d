// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { residentBytes } from '../../../src/border/process-usage.ts';
import { processFamilies } from '../../../src/catalogue/process-families.ts';

test('gives what Node says, and nothing where Node has no descriptor to ask with', () => {
  assert.ok((residentBytes() ?? 0) > 2 ** 20);
  const refused = () => {
    throw new Error('EMFILE: too many open files, uv_resident_set_memory');
  };
  assert.equal(residentBytes(refused), undefined);
});

test('memory that cannot be read is absent, and the other process keeps its own', () => {
  const engine = { cpuSeconds: 1, residentBytes: undefined };
  const state = {
    isolation: 'user',
    restarts: 0,
    startedAtMs: 0,
    privilegesDropped: false,
    filesInForce: {},
    engine,
  } as const;
  const families = processFamilies(state, { cpuSeconds: 2, residentBytes: 3 });
  const memory = families.find(({ definition }) => definition.name.includes('memory'));
  assert.deepEqual(
    memory?.samples.map((sample) => 'value' in sample && sample.value),
    [3],
  );
});
