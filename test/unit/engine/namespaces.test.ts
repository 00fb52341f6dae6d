// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { namespaceLabel, WatchedNamespaces } from '../../../src/engine/namespaces.ts';
import { SystemError } from '../../../src/errors.ts';
import { FakeLog } from '../fake-log.ts';
import { FakeNamespaces } from './fake-namespaces.ts';

describe('WatchedNamespaces', () => {
  let kernel: FakeNamespaces;
  let log: FakeLog;
  beforeEach(() => {
    kernel = new FakeNamespaces();
    log = new FakeLog();
  });

  const watch = (...patterns: readonly string[]) =>
    new WatchedNamespaces(kernel, patterns, log.log);
  /** Finds and enters all that are there, as a rescan does. */
  const look = (watched: WatchedNamespaces) => {
    const found = watched.find();
    for (const namespace of found.namespaces.filter(({ identity }) => identity !== undefined)) {
      watched.enter(namespace, () => {});
    }
    return found;
  };
  const labelsOf = (watched: WatchedNamespaces) =>
    watched.find().namespaces.map(({ netns }) => netns);

  it('knows the namespace of the process alone where no other is asked for', () => {
    const watched = watch();
    const { namespaces, problems } = look(watched);
    assert.equal(namespaces.length, 1);
    assert.equal(namespaces[0]?.netns, undefined);
    assert.deepEqual(problems, []);
    assert.deepEqual(kernel.entered, []);
    assert.equal(kernel.home.sockets, 1);
    watched.close();
    assert.equal(kernel.home.sockets, 0);
  });

  it('finds names and globs, each namespace under its label', () => {
    kernel.make('pod-1');
    kernel.make('pod-2');
    kernel.make('other');
    assert.deepEqual(labelsOf(watch('other', 'pod-*')), ['other', 'pod-1', 'pod-2']);
  });

  it('has no label for its own namespace, nor for the only one that is named', () => {
    kernel.make('blue');
    kernel.named.set('own', kernel.home);
    assert.deepEqual(labelsOf(watch('own', 'blue')), [undefined, 'blue']);
    assert.deepEqual(labelsOf(watch('blue')), [undefined]);
    assert.deepEqual(labelsOf(watch('blu?')), ['blue']);
    assert.deepEqual(labelsOf(watch('gone')), [undefined]);
  });

  it('does the work in the namespace, and is home again whether it throws or not', () => {
    const blue = kernel.make('blue');
    const watched = watch('blue');
    const [namespace] = watched.find().namespaces;
    assert.ok(namespace !== undefined);
    assert.equal(
      watched.enter(namespace, () => kernel.current),
      blue,
    );
    assert.throws(
      () =>
        watched.enter(namespace, () => {
          throw new TypeError('boom');
        }),
      /boom/,
    );
    assert.equal(kernel.current, kernel.home);
  });

  it('tells of a namespace that is not there and of a glob that matches none', () => {
    kernel.make('blue');
    const { namespaces, problems } = watch('blue', 'red', 'pod-*').find();
    assert.deepEqual(problems, [
      'find network namespace "red": there is none now',
      'no network namespace matches "pod-*"; "ip netns list" lists the existing ones',
    ]);
    assert.deepEqual(
      namespaces.map(({ netns, identity }) => [netns, identity]),
      [
        ['blue', '4:1'],
        ['red', undefined],
      ],
    );
  });

  it('says in which namespace something happened, where several can be meant', () => {
    kernel.make('blue');
    assert.equal(watch('blue').find().namespaces[0]?.where, '');
    assert.equal(watch('bl*').find().namespaces[0]?.where, ' in network namespace "blue"');
  });

  it('hears of changes in every namespace that was entered, each once', () => {
    const blue = kernel.make('blue');
    const red = kernel.make('red');
    const watched = watch('blue', 'red');
    look(watched);
    assert.equal(watched.changed(), false);
    blue.plug('eth0');
    red.plug('eth0');
    assert.equal(watched.changed(), true);
    assert.equal(watched.changed(), false);
    look(watched);
    assert.deepEqual([blue.sockets, red.sockets], [1, 1]);
  });

  it('closes its socket as soon as a namespace has gone or another has its name', () => {
    const before = kernel.make('blue');
    const watched = watch('blue');
    look(watched);
    const after = kernel.make('blue');
    look(watched);
    assert.deepEqual([before.sockets, after.sockets], [0, 1]);
    kernel.named.delete('blue');
    look(watched);
    assert.equal(after.sockets, 0);
    watched.close();
  });

  it('does without a socket where it gets none, and tries again at the next look', () => {
    const blue = kernel.make('blue');
    const watched = watch('blue');
    kernel.listenFailure = new SystemError('open netlink socket', 'EMFILE');
    look(watched);
    assert.equal(watched.changed(), false);
    assert.deepEqual(log.at('debug'), [
      'listen for changes of devices: open netlink socket: EMFILE',
    ]);
    kernel.listenFailure = undefined;
    look(watched);
    assert.equal(blue.sockets, 1);
  });

  it('replaces a socket that fails, and hears the others all the same', () => {
    const blue = kernel.make('blue');
    const red = kernel.make('red');
    const watched = watch('blue', 'red');
    look(watched);
    blue.socketFailure = new SystemError('read netlink notices', 'ENOMEM');
    red.plug('eth0');
    assert.equal(watched.changed(), true);
    assert.equal(blue.sockets, 0);
    blue.socketFailure = undefined;
    look(watched);
    assert.deepEqual([blue.sockets, red.sockets], [1, 1]);
  });
});

describe('namespaceLabel', () => {
  it('is there exactly where it tells something', () => {
    const label = (patterns: readonly string[], isOwn = false) =>
      namespaceLabel({ label: 'blue', isOwn }, patterns);
    assert.equal(label(['blue']), undefined);
    assert.equal(label(['/run/netns/blue']), undefined);
    assert.equal(label(['blue', 'red']), 'blue');
    assert.equal(label(['b*']), 'blue');
    assert.equal(label(['/run/netns/b*']), 'blue');
    assert.equal(label(['/some[odd]folder/blue']), undefined);
    assert.equal(label(['blue', 'red'], true), undefined);
    assert.equal(label(['b*'], true), undefined);
  });
});
