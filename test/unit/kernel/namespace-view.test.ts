// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { findNamespaces } from '../../../src/kernel/namespace-view.ts';
import { readNetNamespaceIdentity } from '../../../src/kernel/net-namespace.ts';

const OWN = '/proc/self/ns/net';

describe('findNamespaces', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'netns-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('finds nothing where nothing is asked for', () => {
    assert.deepEqual(findNamespaces([]), { namespaces: [], unmatched: [] });
  });

  it('knows the own namespace under whatever path, and gives it once', () => {
    symlinkSync(OWN, join(folder, 'own'));
    assert.deepEqual(findNamespaces([OWN, '/proc/thread-self/ns/net', `${folder}/own`]), {
      namespaces: [{ label: OWN, path: OWN, identity: readNetNamespaceIdentity(), isOwn: true }],
      unmatched: [],
    });
  });

  it('says of what is named and not there that there is none', () => {
    assert.deepEqual(findNamespaces(['no-such-namespace', '/no/such/path']).namespaces, [
      {
        label: 'no-such-namespace',
        path: '/run/netns/no-such-namespace',
        identity: undefined,
        isOwn: false,
        reason: 'find network namespace "no-such-namespace": there is none now',
      },
      {
        label: '/no/such/path',
        path: '/no/such/path',
        identity: undefined,
        isOwn: false,
        reason: 'find network namespace "/no/such/path": there is none now',
      },
    ]);
  });

  it('matches the last part of a path, in order, and says what is there and no namespace', () => {
    symlinkSync(OWN, join(folder, '.dot'));
    writeFileSync(join(folder, 'b*'), '');
    writeFileSync(join(folder, 'bc'), '');
    const { namespaces, unmatched } = findNamespaces([`${folder}/*`, `${folder}/x*`]);
    assert.deepEqual(
      namespaces.map(({ label, isOwn }) => [label, isOwn]),
      [
        [join(folder, '.dot'), true],
        [join(folder, 'b*'), false],
        [join(folder, 'bc'), false],
      ],
    );
    const [, file] = namespaces;
    assert.match(
      (file?.identity === undefined && file?.reason) || '',
      /"\/.*\/b\*" exists, but is not a network namespace$/,
    );
    assert.deepEqual(unmatched, [`${folder}/x*`]);
  });

  it('matches the very name that a glob spells', () => {
    writeFileSync(join(folder, '[ab]'), '');
    const labels = findNamespaces([`${folder}/[ab]`]).namespaces.map(({ label }) => label);
    assert.deepEqual(labels, [join(folder, '[ab]')]);
  });

  it('finds no match in a folder that is not there, or is a glob itself', () => {
    const patterns = ['/no/such/folder/*', '/r*/netns/*'];
    assert.deepEqual(findNamespaces(patterns), { namespaces: [], unmatched: patterns });
  });
});
