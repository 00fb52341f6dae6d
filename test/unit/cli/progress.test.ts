// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Progress } from '../../../src/cli/progress.ts';
import { createLog, PROGRESS } from '../../../src/log.ts';

function setUp(t: TestContext, isTTY: boolean) {
  let nowMs = 1_000;
  t.mock.method(performance, 'now', () => nowMs);
  const written: string[] = [];
  const write = (text: string) => {
    written.push(text);
    return true;
  };
  const progress = new Progress({ isTTY, writableLength: 0, write });
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

  it('shows how far something is some times a second, and is gone at the end', (t) => {
    const { progress, written, pass } = setUp(t, true);
    const log = createLog(progress.sink('warn', 'logfmt'));
    for (let done = 1; done <= 4; done++) {
      log.debug(PROGRESS, { doing: 'attaching', done, of: 4 });
      log.info('attached');
      pass(60);
    }
    assert.deepEqual(written, [
      '\r\u001b[Kattaching: 1 of 4 ...',
      '\r\u001b[Kattaching: 3 of 4 ...',
      '\r\u001b[K',
    ]);
  });

  it('gives its place to lines of the log', (t) => {
    const { progress, written } = setUp(t, true);
    progress.show('attaching');
    createLog(progress.sink('info', 'logfmt')).warn('no space');
    assert.equal(written[1], '\r\u001b[K');
    assert.match(written[2] ?? '', /level=warn msg="no space"\n$/);
  });
});
