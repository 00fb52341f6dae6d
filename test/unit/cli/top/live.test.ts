// SPDX-License-Identifier: Apache-2.0
// The screen on a terminal that is made up. test/e2e/top-screen.test.ts has a real one.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { showLive } from '../../../../src/cli/top/live.ts';
import type { Snapshot } from '../../../../src/snapshot/snapshot.ts';
import { ENTER, LEAVE, makeTerminal } from './made-terminal.ts';
import { sceneAt } from './scene.ts';

/** A scene that goes on when `next` is called, and ends with `end`. */
function makeScene() {
  let wake: (() => void) | undefined;
  let end: { error?: unknown } | undefined;
  async function* snapshots(): AsyncGenerator<Snapshot> {
    for (let second = 0; ; second++) {
      yield sceneAt(second);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (end !== undefined) {
        if (end.error !== undefined) {
          throw end.error;
        }
        return;
      }
    }
  }
  return {
    snapshots: snapshots(),
    async next() {
      wake?.();
      await turn();
    },
    end(error?: unknown) {
      end = error === undefined ? {} : { error };
      wake?.();
    },
  };
}

describe('showLive', () => {
  async function start() {
    const terminal = makeTerminal();
    const scene = makeScene();
    const listeners = process.listenerCount('exit');
    const shown = showLive(scene.snapshots, terminal.streams, () => scene.end());
    await turn();
    return { ...terminal, scene, shown, listeners };
  }

  it('says that it waits, then draws each snapshot, and leaves the terminal as it was', async () => {
    const { written, raw, last, scene, shown, input, output, listeners } = await start();
    assert.ok(written[0]?.startsWith(ENTER));
    assert.match(written[1] ?? '', /Waiting for the first snapshot/);
    await scene.next();
    assert.match(last(), /every 1 s {2}12:00:01Z/);
    scene.end();
    await shown;
    assert.equal(last(), LEAVE);
    assert.deepEqual(raw, [true, false]);
    assert.equal(process.listenerCount('exit'), listeners);
    assert.equal(input.listenerCount('keypress') + output.listenerCount('resize'), 0);
  });

  it('writes only the lines that a snapshot changes, and all of them after a key', async () => {
    const { last, scene, shown, input } = await start();
    // How many lines the last drawing wrote.
    const drawn = () =>
      last()
        .split('\u001b[')
        .filter((part) => /^\d+;\d+H/.test(part)).length;
    await scene.next();
    await scene.next();
    const changed = drawn();
    assert.ok(changed > 0 && changed < 24, `${changed} lines`);
    assert.match(last(), /12:00:02Z/);
    assert.doesNotMatch(last(), /ACTIONS/);
    input.emit('keypress', 'u', { name: 'u' });
    assert.equal(drawn(), 24);
    scene.end();
    await shown;
  });

  it('draws at a key and at another size, and keeps what it shows while it is paused', async () => {
    const { last, scene, shown, input, output } = await start();
    await scene.next();
    input.emit('keypress', 'u', { name: 'u' });
    assert.match(last(), /BYTES\/S/);
    output.columns = 40;
    output.emit('resize');
    assert.doesNotMatch(last(), /ACTIONS/);
    output.columns = 80;
    input.emit('keypress', ' ', { name: 'space' });
    await scene.next();
    assert.match(last(), /PAUSED {2}every 1 s {2}12:00:01Z/);
    input.emit('keypress', 'p', { name: 'p' });
    await scene.next();
    assert.match(last(), /12:00:03Z/);
    scene.end();
    await shown;
  });

  it('ends the snapshots at q and at Ctrl-C', async () => {
    for (const [text, key] of [
      ['q', { name: 'q' }],
      ['\u0003', { name: 'c', ctrl: true }],
    ] as const) {
      const { shown, input, last } = await start();
      input.emit('keypress', text, key);
      await shown;
      assert.equal(last(), LEAVE);
    }
  });

  it('gives the terminal back before it says what went wrong', async () => {
    const { shown, scene, last } = await start();
    scene.end(new Error('read rings: boom'));
    await assert.rejects(shown, /read rings: boom/);
    assert.equal(last(), LEAVE);
  });
});
