// SPDX-License-Identifier: Apache-2.0
// The values of a filter's tests but for addresses, and what to write where one will not do.
import { didYouMean } from '../nearest.ts';
import { ACTIONS, PROTOCOL_NAMES, TCP_FLAGS } from '../snapshot/packet-class.ts';
import type { Direction, Filter, IpFamily } from './filter.ts';
import type { Token, Tokens } from './tokens.ts';

/** Makes a test of its value. */
export type ValueReader = (tokens: Tokens, value: Token) => Filter;

const MAX_PORT = 65_535;
const MAX_CPU = 65_535;
const MAX_LENGTH_BYTES = 2 ** 32 - 1;
const MAX_VLAN = 4095;

/** A whole number, in decimal or with 0x in hexadecimal digits. */
function readNumber(tokens: Tokens, value: Token, what: string, least: number, most: number) {
  const number = /^(\d{1,12}|0x[\da-f]{1,8})$/i.test(value.text) ? Number(value.text) : Number.NaN;
  if (!(number >= least && number <= most)) {
    throw tokens.error(`"${value.text}" is not ${what} from ${least} to ${most}`, value);
  }
  return number;
}

function readChoice<Choice extends string>(
  tokens: Tokens,
  value: Token,
  what: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((name) => name === value.text);
  if (choice === undefined) {
    const hint = didYouMean(value.text, choices) || `; write one of ${choices.join(', ')}`;
    throw tokens.error(`"${value.text}" is not ${what}${hint}`, value);
  }
  return choice;
}

export function portReader(direction: Direction, protocol?: number): ValueReader {
  return (tokens, value) => {
    if (/^\d+-\d+$/.test(value.text)) {
      throw tokens.error(`"${value.text}" is a range; write "portrange ${value.text}"`, value);
    }
    if (/^[a-z]/i.test(value.text)) {
      throw tokens.error(`"${value.text}" is not a port number; write one, such as 53`, value);
    }
    const port = readNumber(tokens, value, 'a port number', 0, MAX_PORT);
    return { kind: 'port', direction, first: port, last: port, ...(protocol && { protocol }) };
  };
}

export function portRangeReader(direction: Direction, protocol?: number): ValueReader {
  return (tokens, value) => {
    const [, from = '', to = ''] = /^(\d+)-(\d+)$/.exec(value.text) ?? [];
    const [first, last] = [from, to].map((text) => (text === '' ? Number.NaN : Number(text)));
    if (!(first !== undefined && last !== undefined && first <= last && last <= MAX_PORT)) {
      throw tokens.error(
        `"${value.text}" is not a range of ports; write one such as 1024-65535`,
        value,
      );
    }
    return { kind: 'port', direction, first, last, ...(protocol && { protocol }) };
  };
}

/** By name, as filters and lines of `log` have them. */
export const PROTOCOL_NUMBERS: ReadonlyMap<string, number> = new Map([
  ...Object.entries(PROTOCOL_NAMES).map(([number, name]) => [name, Number(number)] as const),
  ['icmp6', 58],
]);

export function protocolReader(family?: IpFamily): ValueReader {
  return (tokens, value) => {
    const named = PROTOCOL_NUMBERS.get(value.text);
    if (named === undefined && !/^\d/.test(value.text)) {
      const names = [...PROTOCOL_NUMBERS.keys()];
      const hint = didYouMean(value.text, names) || '; write its number';
      throw tokens.error(`"${value.text}" is not a known protocol${hint}`, value);
    }
    const protocol = named ?? readNumber(tokens, value, 'a protocol number', 0, 255);
    return { kind: 'protocol', protocol, ...(family && { family }) };
  };
}

/** Of IEEE 802.3 frames, which have a length in its place, there is none. */
const LEAST_ETHERTYPE = 0x600;

export const ETHERTYPES = { ip: 0x0800, ip6: 0x86dd, arp: 0x0806 } as const;

export const readEthertype: ValueReader = (tokens, value) => {
  const named = Object.entries(ETHERTYPES).find(([name]) => name === value.text)?.[1];
  const ethertype = named ?? readNumber(tokens, value, 'an ethertype', LEAST_ETHERTYPE, 0xffff);
  return { kind: 'ethertype', ethertype };
};

/** "syn+ack": as `log` writes them. */
export const readFlags: ValueReader = (tokens, value) => {
  let mask = 0;
  for (const name of value.text.split('+')) {
    const flag = readChoice(tokens, { ...value, text: name }, 'a TCP flag', TCP_FLAGS);
    mask |= 1 << TCP_FLAGS.indexOf(flag);
  }
  return { kind: 'flags', mask };
};

export const readVlan: ValueReader = (tokens, value) => ({
  kind: 'vlan',
  id: readNumber(tokens, value, 'a VLAN id', 1, MAX_VLAN),
});

export const readAction: ValueReader = (tokens, value) => ({
  kind: 'action',
  action: readChoice(tokens, value, 'an XDP action', ACTIONS),
});

export const readDevice: ValueReader = (_, { text }) => ({ kind: 'device', name: text });

export const readCpu: ValueReader = (tokens, value) => ({
  kind: 'cpu',
  cpu: readNumber(tokens, value, 'a CPU number', 0, MAX_CPU),
});

export const readLess: ValueReader = (tokens, value) => ({
  kind: 'length',
  least: 0,
  most: readNumber(tokens, value, 'a number of bytes', 0, MAX_LENGTH_BYTES),
});

export const readGreater: ValueReader = (tokens, value) => ({
  kind: 'length',
  least: readNumber(tokens, value, 'a number of bytes', 0, MAX_LENGTH_BYTES),
  most: MAX_LENGTH_BYTES,
});
