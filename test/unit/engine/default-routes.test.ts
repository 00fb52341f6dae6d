// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { DefaultRoutes } from '../../../src/engine/default-routes.ts';

describe('DefaultRoutes', () => {
  let routes: DefaultRoutes;
  let asked: number;
  beforeEach(() => {
    routes = new DefaultRoutes();
    asked = 0;
  });

  const devices = (identity: string, nowMs: number, isStale = false) =>
    routes.devices({ identity, isStale, nowMs }, () => [++asked]);

  it('asks once, and then only after a change or when a minute has passed', () => {
    assert.deepEqual(devices('blue', 0), [1]);
    assert.deepEqual(devices('blue', 59_999), [1]);
    assert.deepEqual(devices('blue', 60_000), [2]);
    assert.deepEqual(devices('blue', 60_001, true), [3]);
    assert.deepEqual(devices('blue', 120_000), [3]);
    assert.deepEqual(devices('blue', 120_001), [4]);
  });

  it('has an answer for each namespace', () => {
    assert.deepEqual([devices('blue', 0), devices('red', 0)], [[1], [2]]);
    assert.deepEqual([devices('blue', 1, true), devices('red', 1)], [[3], [2]]);
  });

  it('forgets namespaces that have gone', () => {
    devices('blue', 0);
    devices('red', 0);
    routes.keep(new Set(['red', undefined]));
    assert.deepEqual([devices('blue', 1), devices('red', 1)], [[3], [2]]);
  });

  it('asks again after an answer that failed, and does not give an old one', () => {
    devices('blue', 0);
    const failing = () =>
      routes.devices({ identity: 'blue', isStale: true, nowMs: 1 }, () => {
        throw new Error('list routes: ENOBUFS');
      });
    assert.throws(failing, /ENOBUFS/);
    assert.deepEqual(devices('blue', 2), [2]);
  });
});
