// SPDX-License-Identifier: Apache-2.0
// Violent ends: whatever happens to the process, the kernel takes the program off and the next start attaches.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startGenerator } from '../../src/demo/generator-process.ts';
import type { Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { createOpenLab } from './support/lab.ts';
import { run } from './support/namespace.ts';

const FAULT = fileURLToPath(new URL('./support/engine-fault.js', import.meta.url));

describe('after a violent end', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  const args = () => ['--netns', lab.rx.netns, '--device', lab.rx.device];

  before(async () => {
    lab = await createOpenLab('crash');
  });
  after(() => lab?.close());

  async function programId(): Promise<number | undefined> {
    const { netns, device } = lab.rx;
    const [link] = JSON.parse(await run('ip', '-n', netns, '-j', '-d', 'link', 'show', device));
    return link.xdp?.prog?.id;
  }

  test('of kill -9 under load, 20 times, no program is left within a second, and the next start attaches', async () => {
    const load = startGenerator({ ...lab.tx, durationSeconds: 120, rate: 500_000 });
    try {
      for (let round = 0; round < 20; round++) {
        const exporter = await ExporterProcess.start(args());
        assert.notEqual(await programId(), undefined, `round ${round}: attached`);
        await exporter.kill('SIGKILL');
        const deadline = Date.now() + 1000;
        while ((await programId()) !== undefined) {
          assert.ok(Date.now() < deadline, `round ${round}: the program is still there after 1 s`);
        }
      }
    } finally {
      await load.stop();
    }
  });

  test('of a turn of the engine, the process says so in one line, exits 1 and nothing stays attached', async () => {
    const exporter = await ExporterProcess.start(args(), { nodeFlags: ['--import', FAULT] });
    assert.notEqual(await programId(), undefined);
    assert.deepEqual(await exporter.ended, { code: 1, signal: null });
    const errors = exporter.log.split('\n').filter((line) => line.startsWith('xdp-exporter:'));
    assert.deepEqual(errors, ['xdp-exporter: injected fault']);
    assert.equal(await programId(), undefined);
  });
});
