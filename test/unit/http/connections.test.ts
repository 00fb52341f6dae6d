// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Connection, Connections, clientOf } from '../../../src/http/connections.ts';
import { DEFAULT_LIMITS } from '../../../src/http/limits.ts';

/** Connections are named "address state number". */
function admitAll(names: readonly string[]) {
  const open = new Set<string>();
  let full = 0;
  const limits = { ...DEFAULT_LIMITS, maxConnections: 4, maxConnectionsPerClient: 3 };
  const connections = new Connections(limits, () => full++);
  for (const name of names) {
    const [remoteAddress, state] = name.split(' ') as [string, Connection['state']];
    open.add(name);
    connections.admit({ remoteAddress, state, destroy: () => open.delete(name), retire() {} });
  }
  return { connections, open, full: () => full };
}

const crowds: readonly [what: string, names: readonly string[], victim: string | undefined][] = [
  ['nobody up to the limits', ['a new 1', 'a new 2', 'a new 3', 'b new 4'], undefined],
  [
    'the oldest that asked nothing',
    ['a new 1', 'a new 2', 'b new 3', 'b new 4', 'c new 5'],
    'a new 1',
  ],
  [
    'one that asked nothing before one between two requests',
    ['a idle 1', 'a answering 2', 'b new 3', 'b idle 4', 'c new 5'],
    'b new 3',
  ],
  [
    'one whose last answer is out before one between two requests',
    ['a idle 1', 'a answering 2', 'b over 3', 'b idle 4', 'c new 5'],
    'b over 3',
  ],
  [
    'the oldest between two requests before the new one',
    ['a answering 1', 'a idle 2', 'b idle 3', 'b answering 4', 'c new 5'],
    'a idle 2',
  ],
  [
    'the oldest between two requests before one that is sent a stream',
    ['a streaming 1', 'a idle 2', 'b streaming 3', 'b idle 4', 'c new 5'],
    'a idle 2',
  ],
  [
    'the oldest that is sent a stream before the new one',
    ['a answering 1', 'a streaming 2', 'b streaming 3', 'b answering 4', 'c new 5'],
    'a streaming 2',
  ],
  [
    'the new one where all others are being answered',
    ['a answering 1', 'a answering 2', 'b answering 3', 'b answering 4', 'c new 5'],
    'c new 5',
  ],
  [
    'one of a client with too many',
    ['b new 1', 'a new 2', 'a new 3', 'a new 4', 'a new 5'],
    'a new 2',
  ],
  [
    'the new one of a client whose others are being answered',
    ['b new 1', 'a answering 2', 'a answering 3', 'a answering 4', 'a new 5'],
    'a new 5',
  ],
];

describe('Connections', () => {
  for (const [what, names, victim] of crowds) {
    it(`closes ${what}`, () => {
      const { open, full } = admitAll(names);
      assert.deepEqual(
        [...open],
        names.filter((name) => name !== victim),
      );
      assert.equal(full(), victim === undefined ? 0 : 1);
    });
  }

  it('keeps as many as it may, of all and of each client', () => {
    const name = fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom('new', 'idle', 'answering'));
    fc.assert(
      fc.property(fc.array(name, { maxLength: 30 }), (crowd) => {
        const names = crowd.map((parts, index) => [...parts, index].join(' '));
        const open = [...admitAll(names).open];
        const count = (of: readonly string[], client: string) =>
          of.filter((one) => one.startsWith(client)).length;
        const wanted = ['a', 'b'].map((client) => Math.min(3, count(names, client)));
        assert.ok(count(open, 'a') <= 3 && count(open, 'b') <= 3);
        assert.equal(open.length, Math.min(4, (wanted[0] ?? 0) + (wanted[1] ?? 0)));
      }),
    );
  });

  it('closes all in the end, or those that are not being answered', () => {
    const names = ['a new 1', 'a answering 2', 'b idle 3', 'b over 4'];
    const { connections, open } = admitAll(names);
    connections.close('idle');
    assert.deepEqual([...open], ['a answering 2']);
    connections.close('all');
    assert.equal(open.size, 0);
  });
});

describe('clientOf', () => {
  const addresses: readonly [address: string | undefined, client: string][] = [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', ':0:0:0'],
    [undefined, ''],
  ];
  for (const [address, client] of addresses) {
    it(`of ${address} is ${client}`, () => {
      assert.equal(clientOf(address), client);
    });
  }
});
