// SPDX-License-Identifier: Apache-2.0
// Filters of any shape, and rows that some of them match.
import fc from 'fast-check';
import type { Filter } from '../../../src/filter/filter.ts';
import { ACTIONS, TCP_FLAGS } from '../../../src/snapshot/packet-class.ts';
import { addressBytes } from '../../kernel/packet-table/packets.ts';
import { anyRow, type Row } from '../snapshot/packet-rows.ts';

const V4 = ['192.0.2.7', '192.0.2.8', '198.51.100.1', '0.0.0.0', '255.255.255.255'] as const;
const V6 = ['2001:db8::7', '2001:db8:0:1::7', '::1', '::', 'ff02::1'] as const;
const PORTS = [0, 53, 80, 443, 65_535];
const DEVICES = ['eth0', 'eth1', 'blue/eth0'] as const;
const WORDS = { source: 'src', destination: 'dst', either: 'src or dst', both: 'src and dst' };

/** By slot. */
export const NAMES: Readonly<Record<number, string>> = { 0: 'eth0', 1: 'eth1', 2: 'blue/eth0' };

const direction = fc.constantFrom('source', 'destination', 'either', 'both');
const family = fc.constantFrom('ipv4', 'ipv6');

/** The bits of an address behind its prefix are zero: the language refuses others. */
const address: fc.Arbitrary<Filter> = fc
  .tuple(direction, fc.constantFrom(...V4, ...V6), fc.nat(128))
  .map(([towards, text, bits]) => {
    const isV4 = !text.includes(':');
    const most = isV4 ? 32 : 128;
    const hex = addressBytes(text).toString('hex');
    const binary = BigInt(`0x${hex}`).toString(2).padStart(128, '0').slice(0, most);
    const prefix = Math.max(Math.min(bits, most), binary.lastIndexOf('1') + 1);
    return {
      kind: 'address',
      direction: towards,
      family: isV4 ? 'ipv4' : 'ipv6',
      address: text,
      prefix,
    };
  });

const port: fc.Arbitrary<Filter> = fc
  .tuple(
    direction,
    fc.constantFrom(...PORTS),
    fc.constantFrom(...PORTS),
    fc.constantFrom(undefined, 6, 17, 132),
  )
  .map(([towards, one, other, protocol]) => ({
    kind: 'port',
    direction: towards,
    first: Math.min(one, other),
    last: Math.max(one, other),
    ...(protocol && { protocol }),
  }));

const simple: fc.Arbitrary<Filter> = fc.oneof(
  address,
  port,
  family.map((name) => ({ kind: 'family', family: name }) as const),
  fc.constantFrom(0x0800, 0x86dd, 0x0806, 0x88cc).map((ethertype) => {
    return { kind: 'ethertype', ethertype } as const;
  }),
  fc
    .tuple(fc.constantFrom(0, 1, 6, 17, 47, 58), fc.option(family, { nil: undefined }))
    .map(([protocol, of]) => ({ kind: 'protocol', protocol, ...(of && { family: of }) }) as const),
  fc.integer({ min: 1, max: 255 }).map((mask) => ({ kind: 'flags', mask }) as const),
  fc.constantFrom({ kind: 'vlan' } as const, { kind: 'vlan', id: 7 } as const),
  fc.constantFrom(...ACTIONS).map((action) => ({ kind: 'action', action }) as const),
  fc.constantFrom(...DEVICES).map((name) => ({ kind: 'device', name }) as const),
  fc.nat(2).map((cpu) => ({ kind: 'cpu', cpu }) as const),
  fc.nat(100).map((least) => ({ kind: 'length', least, most: 2 ** 32 - 1 }) as const),
  fc.nat(100).map((most) => ({ kind: 'length', least: 0, most }) as const),
  fc.constant({ kind: 'malformed' } as const),
);

export const anyFilter: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4 },
    simple,
    tie('filter').map((of) => ({ kind: 'not', of }) as const),
    fc
      .tuple(fc.constantFrom('and', 'or'), fc.array(tie('filter'), { minLength: 2, maxLength: 3 }))
      .map(([kind, of]) => ({ kind, of }) as const),
  ),
})).filter;

/** With values that the filters above ask for. */
export const anyMatchedRow: fc.Arbitrary<Row> = fc
  .tuple(
    anyRow,
    fc.record(
      {
        source: fc.constantFrom(...V4, ...V6).map(addressBytes),
        destination: fc.constantFrom(...V4, ...V6).map(addressBytes),
        sourcePort: fc.constantFrom(...PORTS),
        destinationPort: fc.constantFrom(...PORTS, 0x0806, 0x88cc),
        lengthBytes: fc.nat(100),
        protocol: fc.constantFrom(0, 1, 6, 17, 47, 58, 132),
        slot: fc.nat(3),
        vlan: fc.constantFrom(0, 7),
        cpu: fc.nat(2),
        malformed: fc.constantFrom(0, 0, 0, 2),
      },
      { requiredKeys: ['slot', 'cpu'] },
    ),
  )
  // Of a family that there is, and without what no program records of a malformed packet or of what is not IP.
  .map(([row, { ...fields }]) => asRecorded({ ...row, ...fields, family: row.family % 3 }));

function asRecorded(row: Row): Row {
  const isIp = row.family > 0;
  const hasTransport = isIp && row.malformed === 0 && [6, 17, 132].includes(row.protocol);
  return {
    ...row,
    protocol: isIp ? row.protocol : 0,
    sourcePort: hasTransport ? row.sourcePort : 0,
    destinationPort: hasTransport || (!isIp && row.malformed === 0) ? row.destinationPort : 0,
    tcpFlags: hasTransport && row.protocol === 6 ? row.tcpFlags : 0,
  };
}

/** In the words of the language, with every parenthesis. */
export function write(filter: Filter): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return `(${filter.of.map(write).join(` ${filter.kind} `)})`;
    case 'not':
      return `not ${write(filter.of)}`;
    case 'family':
      return filter.family === 'ipv4' ? 'ip' : 'ip6';
    case 'ethertype':
      return `ether proto 0x${filter.ethertype.toString(16)}`;
    case 'protocol':
      return `${filter.family === undefined ? '' : { ipv4: 'ip ', ipv6: 'ip6 ' }[filter.family]}proto ${filter.protocol}`;
    case 'address':
      return `${WORDS[filter.direction]} net ${filter.address}/${filter.prefix}`;
    case 'port':
      return `${{ 0: '', 6: 'tcp ', 17: 'udp ', 132: 'sctp ' }[filter.protocol ?? 0]}${WORDS[filter.direction]} portrange ${filter.first}-${filter.last}`;
    case 'flags':
      return `tcp ${TCP_FLAGS.filter((_, bit) => (filter.mask >> bit) & 1).join('+')}`;
    case 'vlan':
      return filter.id === undefined ? 'vlan' : `vlan ${filter.id}`;
    case 'length':
      return filter.least === 0 ? `less ${filter.most}` : `greater ${filter.least}`;
    case 'action':
      return `action ${filter.action}`;
    case 'device':
      return `device ${filter.name}`;
    case 'cpu':
      return `cpu ${filter.cpu}`;
    case 'malformed':
      return 'malformed';
  }
}
