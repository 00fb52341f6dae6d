// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { didYouMean, nearest } from '../../src/nearest.ts';

describe('nearest', () => {
  const commands = ['run', 'top', 'log', 'devices', 'demo'];

  it('finds what differs by a slip', () => {
    assert.equal(nearest('tpo', commands), 'top');
    assert.equal(nearest('device', commands), 'devices');
    assert.equal(nearest('rnu', commands), 'run');
  });

  it('finds what differs in case and punctuation alone, however much of it', () => {
    assert.equal(
      nearest('webListenAddress', ['web.listen-address', 'log.level']),
      'web.listen-address',
    );
  });

  it('takes the closest, and the first of those that are as close', () => {
    assert.equal(nearest('eth3', ['eth99', 'eth1', 'eth2']), 'eth1');
  });

  it('finds nothing in what is merely no farther than the rest', () => {
    assert.equal(nearest('eth0', commands), undefined);
    assert.equal(nearest('x', commands), undefined);
    assert.equal(nearest('e0', ['lo']), undefined);
    assert.equal(nearest('', commands), undefined);
    assert.equal(nearest('top', []), undefined);
  });
});

describe('didYouMean', () => {
  it('is a question, or nothing', () => {
    assert.equal(didYouMean('tpo', ['top']), '; did you mean "top"?');
    assert.equal(didYouMean('eth0', ['top']), '');
  });
});
