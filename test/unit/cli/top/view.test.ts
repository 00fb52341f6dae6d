// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  FIRST_VIEW,
  KEYS,
  nameKey,
  pressKey,
  sortBy,
  type View,
} from '../../../../src/cli/top/view.ts';

const DEVICES = ['one', 'two', 'three'];

function press(...names: readonly string[]): View | undefined {
  return names.reduce<View | undefined>(
    (view, name) => view && pressKey(view, name, DEVICES),
    FIRST_VIEW,
  );
}

describe('pressKey', () => {
  it('ends at q and Ctrl-C', () => {
    assert.equal(press('q'), undefined);
    assert.equal(press('ctrl-c'), undefined);
  });

  it('goes round the devices in both directions', () => {
    assert.equal(press('d')?.selected, 'two');
    assert.equal(press('down', 'down')?.selected, 'three');
    assert.equal(press('d', 'd', 'd')?.selected, 'one');
    assert.equal(press('D')?.selected, 'three');
    assert.equal(press('d', 'up')?.selected, 'one');
  });

  it('starts at the first device again where the selected one is gone, and needs none at all', () => {
    const view = { ...FIRST_VIEW, selected: 'gone' };
    assert.equal(pressKey(view, 'd', DEVICES)?.selected, 'two');
    assert.equal(pressKey(view, 'd', []), view);
  });

  it('goes round the sort orders and units', () => {
    assert.deepEqual(
      [press('s'), press('s', 's'), press('s', 's', 's')].map((view) => view?.sort),
      ['bytes', 'name', 'packets'],
    );
    assert.deepEqual(
      [press('u'), press('u', 'u')].map((view) => view?.unit),
      ['bytes', 'bits'],
    );
  });

  it('pauses and shows help until the same key', () => {
    assert.equal(press('p')?.isPaused, true);
    assert.equal(press('p', 'space')?.isPaused, false);
    assert.equal(press('h')?.showsHelp, true);
    assert.deepEqual(press('h', '?'), FIRST_VIEW);
  });

  it('takes no notice of other keys', () => {
    assert.equal(press('x', 'ctrl-z', '', 'return'), FIRST_VIEW);
  });

  it('means one thing by each key', () => {
    const names = KEYS.flatMap((key) => key.names);
    assert.equal(new Set(names).size, names.length);
  });
});

describe('nameKey', () => {
  it('tells letters by what they type, and other keys by their names', () => {
    assert.equal(nameKey('D', { name: 'd' }), 'D');
    assert.equal(nameKey('?', {}), '?');
    assert.equal(nameKey(' ', { name: 'space' }), 'space');
    assert.equal(nameKey(undefined, { name: 'up' }), 'up');
    assert.equal(nameKey('\u0003', { name: 'c', ctrl: true }), 'ctrl-c');
    assert.equal(nameKey('\u001b[9z', {}), '');
  });
});

describe('sortBy', () => {
  const rows = [
    { label: 'cpu 10', packetsPerSecond: 1, bytesPerSecond: 900 },
    { label: 'cpu 9', packetsPerSecond: 3, bytesPerSecond: 100 },
    { label: 'cpu 1', packetsPerSecond: 2, bytesPerSecond: 500 },
  ];
  const sorted = (sort: View['sort']) => sortBy(rows, sort).map(({ label }) => label);

  it('has the largest first, and names in the order of their numbers', () => {
    assert.deepEqual(sorted('packets'), ['cpu 9', 'cpu 1', 'cpu 10']);
    assert.deepEqual(sorted('bytes'), ['cpu 10', 'cpu 1', 'cpu 9']);
    assert.deepEqual(sorted('name'), ['cpu 1', 'cpu 9', 'cpu 10']);
  });

  it('goes by packets where bytes are not counted', () => {
    const sizes = [
      { label: 'a', packetsPerSecond: 1 },
      { label: 'b', packetsPerSecond: 2 },
    ];
    assert.deepEqual(
      sortBy(sizes, 'bytes').map(({ label }) => label),
      ['b', 'a'],
    );
  });
});
