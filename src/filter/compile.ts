// SPDX-License-Identifier: Apache-2.0
// A filter as a function of rows. It runs for every packet, so it reads their words in place and makes no object.
import { parseAddress } from '../snapshot/address.ts';
import { hasAddresses, hostOrder, PACKET_ROW } from '../snapshot/packet.ts';
import { ACTIONS, FAMILIES, TCP, WITH_PORTS } from '../snapshot/packet-class.ts';
import { prefixMask } from './addresses.ts';
import type { Direction, Filter, IpFamily } from './filter.ts';
import { ETHERTYPES } from './values.ts';

/** Whether the packet of the row that begins at `words[first]` passes. */
export type RowTest = (words: Uint32Array, first: number) => boolean;

type Of<Kind extends Filter['kind']> = Extract<Filter, { readonly kind: Kind }>;

// Constants of this module, which V8 compiles into the functions below.
const { source: SOURCE, destination: DESTINATION, ports: PORTS, length: LENGTH } = PACKET_ROW;
const { kind: KIND, path: PATH, flags: FLAGS, cpu: CPU } = PACKET_ROW;
const ADDRESS_WORDS = 4;
const INVALID = ACTIONS.indexOf('invalid');

const slotOf = (words: Uint32Array, first: number) => (words[first + KIND] as number) & 0xffff;
const protocolOf = (words: Uint32Array, first: number) =>
  ((words[first + KIND] as number) >>> 16) & 0xff;
const actionOf = (words: Uint32Array, first: number) =>
  ((words[first + KIND] as number) >>> 24) & 7;
const familyOf = (words: Uint32Array, first: number) =>
  ((words[first + KIND] as number) >>> 27) & 3;
const isSound = (words: Uint32Array, first: number) => (words[first + KIND] as number) >>> 29 === 0;

/** @param deviceOf the name of a slot's device as rows show it, asked for each packet that "device" is to judge */
export function compile(filter: Filter, deviceOf: (slot: number) => string | undefined): RowTest {
  switch (filter.kind) {
    case 'and':
      return every(filter.of.map((part) => compile(part, deviceOf)));
    case 'or':
      return some(filter.of.map((part) => compile(part, deviceOf)));
    case 'not':
      return not(compile(filter.of, deviceOf));
    case 'device':
      return deviceTest(filter, deviceOf);
    default:
      return (TESTS[filter.kind] as (of: typeof filter) => RowTest)(filter);
  }
}

function every(tests: readonly RowTest[]): RowTest {
  return (words, first) => {
    for (const test of tests) {
      if (!test(words, first)) {
        return false;
      }
    }
    return true;
  };
}

function some(tests: readonly RowTest[]): RowTest {
  return (words, first) => {
    for (const test of tests) {
      if (test(words, first)) {
        return true;
      }
    }
    return false;
  };
}

function not(test: RowTest): RowTest {
  return (words, first) => !test(words, first);
}

/** A name alone is of any network namespace; "blue/eth0" is of one. */
function deviceTest(
  { name }: Of<'device'>,
  deviceOf: (slot: number) => string | undefined,
): RowTest {
  const end = `/${name}`;
  return (words, first) => {
    const device = deviceOf(slotOf(words, first));
    return device !== undefined && (device === name || device.endsWith(end));
  };
}

type Simple = Exclude<Filter['kind'], 'and' | 'or' | 'not' | 'device'>;

const TESTS: { readonly [Kind in Simple]: (filter: Of<Kind>) => RowTest } = {
  family: ({ family }) => familyTest(family),
  ethertype: ethertypeTest,
  protocol: protocolTest,
  address: addressTest,
  port: portTest,
  flags({ mask }) {
    return (words, first) =>
      protocolOf(words, first) === TCP && ((words[first + FLAGS] as number) & mask) === mask;
  },
  vlan({ id }) {
    return (words, first) => {
      const vlan = (words[first + PATH] as number) & 0xffff;
      return id === undefined ? vlan !== 0 : vlan === id;
    };
  },
  action({ action }) {
    const wanted = ACTIONS.indexOf(action);
    return (words, first) => Math.min(actionOf(words, first), INVALID) === wanted;
  },
  cpu({ cpu }) {
    return (words, first) => words[first + CPU] === cpu;
  },
  length({ least, most }) {
    return (words, first) => {
      const length = words[first + LENGTH] as number;
      return length >= least && length <= most;
    };
  },
  malformed: () => not(isSound),
};

function familyTest(family: IpFamily): RowTest {
  const code = FAMILIES.indexOf(family);
  return (words, first) => familyOf(words, first) === code;
}

/** Of what is not IP; that has its ethertype in place of the destination port. */
function ethertypeTest({ ethertype }: Of<'ethertype'>): RowTest {
  if (ethertype === ETHERTYPES.ip || ethertype === ETHERTYPES.ip6) {
    return familyTest(ethertype === ETHERTYPES.ip ? 'ipv4' : 'ipv6');
  }
  return (words, first) =>
    familyOf(words, first) === 0 &&
    isSound(words, first) &&
    hostOrder((words[first + PORTS] as number) >>> 16) === ethertype;
}

function protocolTest({ protocol, family }: Of<'protocol'>): RowTest {
  const ofFamily = family === undefined ? undefined : familyTest(family);
  return (words, first) =>
    protocolOf(words, first) === protocol &&
    (ofFamily === undefined || ofFamily(words, first)) &&
    // 0 is a protocol, too (hop-by-hop options), and what a row has where no header was read.
    (protocol !== 0 || hasAddresses(words, first));
}

/** Which of the two must match. */
function directed(direction: Direction, source: RowTest, destination: RowTest): RowTest {
  switch (direction) {
    case 'source':
      return source;
    case 'destination':
      return destination;
    case 'either':
      return (words, first) => source(words, first) || destination(words, first);
    case 'both':
      return (words, first) => source(words, first) && destination(words, first);
  }
}

function addressTest({ direction, family, address, prefix }: Of<'address'>): RowTest {
  const bytes = parseAddress(address);
  const masks = new Int32Array(bytes.map((_, index) => prefixMask(prefix, index)).buffer);
  const wanted = new Int32Array(bytes.buffer).map((word, index) => word & (masks[index] as number));
  const isIn = (words: Uint32Array, start: number) => {
    for (let word = 0; word < ADDRESS_WORDS; word++) {
      if (((words[start + word] as number) & (masks[word] as number)) !== wanted[word]) {
        return false;
      }
    }
    return true;
  };
  const ofFamily = familyTest(family);
  const test = directed(
    direction,
    (words, first) => isIn(words, first + SOURCE),
    (words, first) => isIn(words, first + DESTINATION),
  );
  return (words, first) =>
    ofFamily(words, first) && test(words, first) && hasAddresses(words, first);
}

/** Only the first fragment of a packet has ports: where both are 0, there are none. */
function portTest({ direction, first: least, last: most, protocol }: Of<'port'>): RowTest {
  const isWithin = (port: number) => port >= least && port <= most;
  const test = directed(
    direction,
    (words, first) => isWithin(hostOrder((words[first + PORTS] as number) & 0xffff)),
    (words, first) => isWithin(hostOrder((words[first + PORTS] as number) >>> 16)),
  );
  const isOfProtocol = (found: number) =>
    protocol === undefined ? WITH_PORTS.has(found) : found === protocol;
  return (words, first) =>
    words[first + PORTS] !== 0 && isOfProtocol(protocolOf(words, first)) && test(words, first);
}
