// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { stopSignal } from '../../../src/generator/stop.ts';

class FakeProcess extends EventEmitter {
  readonly stdin = Object.assign(new EventEmitter(), { resume: () => {} });
}

describe('stopSignal', () => {
  for (const event of ['SIGINT', 'SIGTERM', 'disconnect']) {
    it(`is aborted by ${event}, however often it comes`, () => {
      const source = new FakeProcess();
      const signal = stopSignal(source, false);
      assert.equal(signal.aborted, false);
      source.emit(event);
      source.emit(event);
      assert.equal(signal.aborted, true);
    });
  }

  for (const event of ['end', 'close', 'error']) {
    it(`is aborted by the ${event} of a stdin that the parent holds`, () => {
      const source = new FakeProcess();
      const signal = stopSignal(source, true);
      source.stdin.emit(event);
      assert.equal(signal.aborted, true);
    });
  }

  it('does not look at any other stdin', () => {
    const source = new FakeProcess();
    const signal = stopSignal(source, false);
    source.stdin.emit('end');
    assert.equal(signal.aborted, false);
  });
});
