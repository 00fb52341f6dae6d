// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Progress } from '../../../src/cli/progress.ts';
import { createLog, type LogRecord, PROGRESS } from '../../../src/log.ts';

function setUp(t: TestContext, isTTY: boolean) {
  let nowMs = 1_000;
  t.mock.method(performance, 'now', () => nowMs);
  const written: string[] = [];
  const progress = new Progress({ isTTY, write: (text) => written.push(text) });
  return {
    progress,
    written,
    pass(ms: number) {
      nowMs += ms;
    },
  };
}

describe('Progress', () => {
  it('shows one line, which it erases', (t) => {
    const { progress, written } = setUp(t, true);
    progress.show('setting up');
    progress.clear();
    progress.clear();
    assert.deepEqual(written, ['\r\u001b[Ksetting up ...', '\r\u001b[K']);
  });

  it('writes nothing where there is no terminal', (t) => {
    const { progress, written } = setUp(t, false);
    progress.show('setting up');
    progress.clear();
    assert.deepEqual(written, []);
  });

  it('shows how far something is some times a second, and makes room for the log', (t) => {
    const { progress, written, pass } = setUp(t, true);
    const logged: LogRecord[] = [];
    const log = createLog(
      progress.sink((record) => {
        logged.push(record);
        written.push(record.message);
      }),
    );
    for (let done = 1; done <= 4; done++) {
      log.debug(PROGRESS, { doing: 'attaching', done, of: 4 });
      pass(60);
    }
    log.info('serving');
    assert.deepEqual(
      written.filter((text) => text !== PROGRESS),
      [
        '\r\u001b[Kattaching: 1 of 4 ...',
        '\r\u001b[Kattaching: 3 of 4 ...',
        '\r\u001b[K',
        'serving',
      ],
    );
    assert.equal(logged.length, 5);
  });
});
