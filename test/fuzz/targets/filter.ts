// SPDX-License-Identifier: Apache-2.0
// Filters: any text is an error that points at its place, or a test that says of packets what the tree says, read naively.
import assert from 'node:assert/strict';
import { ConfigError } from '../../../src/errors.ts';
import { compile } from '../../../src/filter/compile.ts';
import type { Filter } from '../../../src/filter/filter.ts';
import { parseFilter } from '../../../src/filter/parse.ts';
import { PACKET_ROW, PACKET_WORDS, readPacket } from '../../../src/snapshot/packet.ts';
import { matches } from '../../unit/filter/model.ts';
import { fieldsOf, SLOTS, WORDS, writeSound } from '../records.ts';
import { Script } from '../script.ts';
import type { Target } from '../target.ts';

const ROWS = 8;
const MOST_TESTS = 5000;
const words = new Uint32Array(ROWS * PACKET_WORDS);
const DEVICES: Readonly<Record<number, string>> = {
  0: 'eth0',
  1: 'blue/eth0',
  2: 'red/ab',
  3: 'x',
};
const PORTS = new Set([6, 17, 132]);

function parse(text: string): Filter | undefined {
  try {
    return parseFilter(text);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    assert.match(error.message, /^column \d+: [^\n]*\n {2}[ -~]*\n {2} *\^$/);
    return undefined;
  }
}

function sizeOf(filter: Filter): number {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.of.reduce((sum, part) => sum + sizeOf(part), 1);
    case 'not':
      return 1 + sizeOf(filter.of);
    default:
      return 1;
  }
}

/** Without what no program records of a malformed packet or of what is not IP. */
function writeRow(row: number, script: Script): void {
  const first = row * PACKET_WORDS;
  writeSound(words, first, script, 0);
  words[first + PACKET_ROW.cpu] = script.u8() % 3;
  const { family, malformed, protocol } = fieldsOf(words, first);
  const kind = words[first + PACKET_ROW.kind] as number;
  const hasTransport = family > 0 && malformed === 0 && PORTS.has(protocol);
  if (family === 0) {
    words[first + PACKET_ROW.kind] = kind & ~(0xff << 16);
  }
  if (!hasTransport) {
    const ethertype = family === 0 && malformed === 0 ? 0xffff_0000 : 0;
    words[first + PACKET_ROW.ports] = (words[first + PACKET_ROW.ports] as number) & ethertype;
  }
  if (!(hasTransport && protocol === 6)) {
    words[first + PACKET_ROW.flags] = (words[first + PACKET_ROW.flags] as number) & ~0xff;
  }
}

export const filter: Target = {
  name: 'filter',
  maxBytes: 4200,
  dictionary: [
    ...'( ) ! && || and or not src dst host net port portrange ip ip6 tcp udp sctp icmp proto'.split(
      ' ',
    ),
    ...'ether vlan action device cpu less greater malformed syn syn+ack fin arp drop pass'.split(
      ' ',
    ),
    ...'192.0.2.7 192.0.2.0/24 0.0.0.0/0 ::/0 2001:db8::/32 ::1 fe80::1%eth0 1-65535 53 443'.split(
      ' ',
    ),
    ...'0x88cc 65536 4294967295 4294967296 -1 1e3 eth0 blue/eth0 port(80 \u00a0 \n'.split(' '),
    'src or dst ',
    'src and dst ',
    ' and ',
    ' or ',
    'not (',
  ],
  run(input) {
    const script = new Script(input.subarray(0, 3 * ROWS));
    // Whole texts, so that what people would write is one, too.
    const text = input.toString('utf8');
    const tree = parse(text);
    if (tree === undefined) {
      return 1;
    }
    assert.ok(sizeOf(tree) < MOST_TESTS);
    assert.deepEqual(JSON.parse(JSON.stringify(tree)), tree);
    const test = compile(tree, (slot) => DEVICES[slot]);
    for (let row = 0; row < ROWS; row++) {
      writeRow(row, script);
      const packet = readPacket({ words, devices: DEVICES }, row);
      assert.equal(test(words, row * PACKET_WORDS), matches(tree, packet), `row ${row} of ${text}`);
    }
    assert.ok(SLOTS > 4 && WORDS < PACKET_WORDS);
    return 1 + ROWS;
  },
};
