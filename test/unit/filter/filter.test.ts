// SPDX-License-Identifier: Apache-2.0
// The language and the compiled function against a model of what they mean.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ConfigError } from '../../../src/errors.ts';
import { compile } from '../../../src/filter/compile.ts';
import type { Filter } from '../../../src/filter/filter.ts';
import { parseFilter } from '../../../src/filter/parse.ts';
import { PACKET_WORDS, readPacket } from '../../../src/snapshot/packet.ts';
import { rowsOf } from '../snapshot/packet-rows.ts';
import { anyFilter, anyMatchedRow, NAMES, write } from './any-filter.ts';
import { matches } from './model.ts';
import { REFUSED } from './refused.ts';

const nameOf = (slot: number) => NAMES[slot];

describe('a filter', () => {
  it('passes the packets that its words mean, whatever it is', () => {
    let passed = 0;
    let held = 0;
    const anyRows = fc.array(anyMatchedRow, { minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(anyFilter, anyRows, (filter, rows) => {
        const packets = rowsOf(rows, NAMES);
        const test = compile(parseFilter(write(filter)), nameOf);
        for (const row of rows.keys()) {
          const expected = matches(filter, readPacket(packets, row));
          assert.equal(test(packets.words, row * PACKET_WORDS), expected, write(filter));
          passed += Number(expected);
          held += Number(!expected);
        }
      }),
      { numRuns: 1000 },
    );
    assert.ok(Math.min(passed, held) > 2000, `${passed} passed, ${held} held back`);
  });

  it('is plain data, which JSON keeps', () => {
    fc.assert(
      fc.property(anyFilter, (filter) => {
        const parsed = parseFilter(write(filter));
        assert.deepEqual(JSON.parse(JSON.stringify(parsed)), parsed);
      }),
    );
  });

  it('makes no object for a row', () => {
    const filter = 'udp and dst port (53 or 80) and not src net 10.0.0.0/8 or device eth0 or ip6';
    const test = compile(parseFilter(filter), nameOf);
    const { words } = rowsOf(fc.sample(anyMatchedRow, 1000), NAMES);
    const run = () => {
      for (let row = 0; row < 20_000; row++) {
        test(words, (row % 1000) * PACKET_WORDS);
      }
    };
    run();
    const grown = Array.from({ length: 10 }, () => {
      const before = process.memoryUsage().heapUsed;
      run();
      return process.memoryUsage().heapUsed - before;
    }).filter((bytes) => bytes >= 0);
    // 16 bytes a row would be 320,000.
    assert.ok(Math.min(...grown) < 100_000, `${grown} bytes`);
  });
});

describe('parseFilter', () => {
  const same: readonly (readonly [string, string])[] = [
    ['udp && ! tcp || ip', 'udp and not tcp or ip'],
    ['port 80 or 443', 'port 80 or port 443'],
    ['tcp dst port (80 or 443)', '(tcp dst port 80 or tcp dst port 443)'],
    ['src net 10.0.0.0/8 or 172.16.0.0/12', 'src net 10.0.0.0/8 or src net 172.16.0.0/12'],
    ['host 192.0.2.7 and not 192.0.2.8', 'host 192.0.2.7 and not host 192.0.2.8'],
    ['action drop or aborted', 'action drop or action aborted'],
    ['vlan 7 or 8', 'vlan 7 or vlan 8'],
    ['192.0.2.7', 'host 192.0.2.7'],
    ['src 2001:db8::/32', 'src net 2001:db8::/32'],
    ['dst or src port 53', 'port 53'],
    ['src or dst host ::1', 'host ::1'],
    ['ip host 192.0.2.7', 'host 192.0.2.7'],
    ['icmpv6', 'icmp6'],
    ['proto udp', 'udp'],
    ['ether proto arp', 'arp'],
    ['tcp syn+ack', 'tcp ack+syn'],
    ['(((udp)))', 'udp'],
    ['  udp\tand\n tcp', 'udp and tcp'],
    ['!(udp)and(tcp)', 'not udp and tcp'],
    ['net 0.0.0.0/0', 'net 0.0.0.0/0'],
    ['port 0x35', 'port 53'],
  ];
  for (const [text, meaning] of same) {
    it(`reads "${text.trim()}" as "${meaning}"`, () => {
      assert.deepEqual(parseFilter(text), parseFilter(meaning));
    });
  }

  it('gives "and" and "or" the same rank, from left to right, and "not" a higher one', () => {
    const [udp, tcp, ip] = ['udp', 'tcp', 'ip'].map(parseFilter) as [Filter, Filter, Filter];
    assert.deepEqual(parseFilter('udp or tcp and ip'), {
      kind: 'and',
      of: [{ kind: 'or', of: [udp, tcp] }, ip],
    });
    assert.deepEqual(parseFilter('not udp and tcp'), {
      kind: 'and',
      of: [{ kind: 'not', of: udp }, tcp],
    });
  });

  it('takes as many tests as fit 4096 characters', () => {
    const many = new Array(500).fill('tcp').join(' or ');
    const filter = parseFilter(many);
    assert.equal(filter.kind === 'or' && filter.of.length, 500);
  });
});

describe('parseFilter refuses', () => {
  for (const [marked, problem] of REFUSED) {
    it(marked, () => {
      const at = marked.indexOf('^');
      const text = marked.replace('^', '');
      assert.throws(() => parseFilter(text), {
        name: 'ConfigError',
        message: `column ${at + 1}: ${problem}\n  ${text}\n  ${' '.repeat(at)}^`,
      });
    });
  }

  it('what is nested too deep, and shows the place alone', () => {
    assert.throws(() => parseFilter(`${'('.repeat(80)}udp`), {
      message: `column 66: it is nested deeper than 64; remove parentheses\n  ${'('.repeat(51)}udp\n  ${' '.repeat(36)}^`,
    });
    assert.throws(() => parseFilter('not '.repeat(1000)), { message: /nested deeper than 64/ });
  });

  it('what is too long', () => {
    assert.throws(() => parseFilter(`udp or ${'tcp or '.repeat(600)}udp`), {
      message: /^column 4097: it has 4210 characters; shorten it to 4096, /,
    });
  });

  it('or takes whatever text it is given, and never fails otherwise', () => {
    const words = fc.constantFrom(
      ...'udp tcp src dst or and not ( ) ! port net host 80 10.0.0.0/8 ::1 vlan action drop'.split(
        ' ',
      ),
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(words).map((all) => all.join(' ')),
    );
    fc.assert(
      fc.property(text, (filter) => {
        try {
          compile(parseFilter(filter), nameOf);
        } catch (error) {
          assert.ok(error instanceof ConfigError, String(error));
          assert.match(error.message, /^column \d+: .+\n {2}[\x20-\x7e]*\n *\^$/s);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
