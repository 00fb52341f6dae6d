// SPDX-License-Identifier: Apache-2.0
// A moment of npm run fuzz, and whether it finds what it is to find.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readCorpus } from '../fuzz/corpus.ts';
import { TARGETS as FAULTY } from '../fuzz/faulty-targets.ts';
import { type Bounds, type Outcome, runTarget } from '../fuzz/run-target.ts';
import type { Target } from '../fuzz/target.ts';
import { TARGETS } from '../fuzz/targets.ts';

const GOOD = new URL('../fuzz/targets.js', import.meta.url).href;
const BAD = new URL('../fuzz/faulty-targets.js', import.meta.url).href;
const BOUNDS: Bounds = { seed: 1, executions: 100_000, seconds: 0.1 };
const MAX_CORPUS_BYTES = 8192;

describe('what reads bytes of others', () => {
  for (const target of TARGETS) {
    it(`keeps its promises with mutated ones: ${target.name}`, async () => {
      const { failure, input, executions } = await runTarget(target, GOOD, BOUNDS);
      assert.equal(
        failure,
        undefined,
        `--target ${target.name} --input ${input?.toString('base64')}`,
      );
      assert.ok(executions > 0);
    });

    it(`has a corpus, which is small: ${target.name}`, () => {
      const bytes = readCorpus(target.name).reduce((sum, { length }) => sum + length, 0);
      assert.ok(bytes > 0 && bytes <= MAX_CORPUS_BYTES, `${bytes} bytes`);
    });
  }
});

describe('fuzzing', () => {
  function fuzz(name: string, bounds: Partial<Bounds> = {}): Promise<Outcome> {
    const target = FAULTY.find((faulty) => faulty.name === name) as Target;
    return runTarget(target, BAD, { ...BOUNDS, seconds: 60, ...bounds });
  }

  it('finds an input that breaks a promise, the same one for the same seed', async () => {
    const { failure, input, inputs, executions } = await fuzz('throws');
    assert.match(failure ?? '', /a promise is broken\n/);
    assert.ok(input?.includes('bad'));
    assert.equal(executions, 2 * (inputs - 1));
    assert.deepEqual((await fuzz('throws')).input, input);
    assert.notDeepEqual((await fuzz('throws', { seed: 2 })).input, input);
  });

  it('tries one input again', async () => {
    const again = await fuzz('throws', { input: Buffer.from('a bad 1') });
    assert.deepEqual([again.inputs, again.input?.toString()], [1, 'a bad 1']);
    assert.equal((await fuzz('throws', { input: Buffer.from('good') })).failure, undefined);
  });

  it('finds one that breaks it later, one that never ends, and one that fills the memory', async () => {
    const rejected = await fuzz('rejects');
    assert.match(rejected.failure ?? '', /broken later\n/);
    const endless = await fuzz('never-ends', { maxInputMs: 500 });
    assert.equal(endless.failure, 'no end within 500 ms');
    assert.ok((endless.input?.length ?? 0) > 2);
    assert.match((await fuzz('fills-memory')).failure ?? '', /memory|grown by/);
  });

  it('ends at the first of its two bounds', async () => {
    const input = Buffer.alloc(0);
    const counted = await runTarget(TARGETS[0] as Target, GOOD, {
      ...BOUNDS,
      executions: 5_000,
      seconds: 60,
    });
    assert.ok(counted.executions >= 5_000 && counted.executions < 50_000, `${counted.executions}`);
    assert.deepEqual((await fuzz('rejects', { input })).inputs, 1);
  });
});
