// SPDX-License-Identifier: Apache-2.0
// The tests of a filter, by the word that they begin with.
import { didYouMean } from '../nearest.ts';
import { ACTIONS, TCP, TCP_FLAGS, WITH_PORTS } from '../snapshot/packet-class.ts';
import { NO_VALUES, type Primitive, readQualified, readValue } from './address-or-port.ts';
import { addressReader, isAddress } from './addresses.ts';
import type { Filter, IpFamily } from './filter.ts';
import type { Tokens } from './tokens.ts';
import {
  ETHERTYPES,
  PROTOCOL_NUMBERS,
  protocolReader,
  readAction,
  readCpu,
  readDevice,
  readEthertype,
  readFlags,
  readGreater,
  readLess,
  readVlan,
  type ValueReader,
} from './values.ts';

/** Reads a test from its first word on. */
type Read = (tokens: Tokens) => Primitive;

const whole = (filter: Filter): Primitive => ({ filter, again: undefined });

/** A word and its value. */
function valued(example: string, read: ValueReader): Read {
  return (tokens) => {
    tokens.next();
    return readValue(tokens, example, read);
  };
}

/** From one of their words on. */
const readAddressOrPort: Read = (tokens) => readQualified(tokens) as Primitive;

function familyReader(family: IpFamily): Read {
  return (tokens) => {
    const { text: word } = tokens.next();
    return tokens.take('proto') === undefined
      ? (readQualified(tokens, { word, family }) ?? whole({ kind: 'family', family }))
      : readValue(tokens, `${word} proto 47`, protocolReader(family));
  };
}

/** A protocol with ports; TCP may have flags. */
function transportReader(protocol: number): Read {
  return (tokens) => {
    const { text: word } = tokens.next();
    const isFlag = TCP_FLAGS.some((flag) => flag === tokens.peek().text.split('+')[0]);
    return protocol === TCP && isFlag
      ? readValue(tokens, 'tcp syn', readFlags)
      : (readQualified(tokens, { word, protocol }) ?? whole({ kind: 'protocol', protocol }));
  };
}

/** Protocols that are of one version of IP alone. */
const FAMILY_OF: Readonly<Record<string, IpFamily>> = {
  icmp: 'ipv4',
  igmp: 'ipv4',
  icmp6: 'ipv6',
  icmpv6: 'ipv6',
};

function protocolWord([word, protocol]: readonly [string, number]): readonly [string, Read] {
  const family = FAMILY_OF[word];
  const read: Read = (tokens) => {
    tokens.next();
    return whole({ kind: 'protocol', protocol, ...(family && { family }) });
  };
  return [word, WITH_PORTS.has(protocol) ? transportReader(protocol) : read];
}

const readEther: Read = (tokens) => {
  tokens.next();
  if (tokens.take('proto') === undefined) {
    throw tokens.error(
      'MAC addresses are not recorded; write "ether proto" and an ethertype, such as 0x88cc',
      tokens.peek(),
    );
  }
  return readValue(tokens, 'ether proto 0x88cc', readEthertype);
};

/** A tag, of any id where none follows. */
const readTag: Read = (tokens) => {
  tokens.next();
  return /^[\d(]/.test(tokens.peek().text)
    ? readValue(tokens, 'vlan 7', readVlan)
    : { filter: { kind: 'vlan' }, again: readVlan };
};

function alone(filter: Filter): Read {
  return (tokens) => {
    tokens.next();
    return whole(filter);
  };
}

const PRIMITIVES: ReadonlyMap<string, Read> = new Map<string, Read>([
  ...['src', 'dst', 'host', 'net', 'port', 'portrange'].map(
    (word) => [word, readAddressOrPort] as const,
  ),
  // "ipv6" is a protocol within IP (6in4), which few mean by it.
  ...[...PROTOCOL_NUMBERS].filter(([word]) => word !== 'ipv6').map(protocolWord),
  ['ip', familyReader('ipv4')],
  ['ip6', familyReader('ipv6')],
  ['proto', valued('proto 47', protocolReader())],
  ['ether', readEther],
  ['arp', alone({ kind: 'ethertype', ethertype: ETHERTYPES.arp })],
  ['vlan', readTag],
  ['action', valued('action drop', readAction)],
  ['device', valued('device eth0', readDevice)],
  ['cpu', valued('cpu 0', readCpu)],
  ['less', valued('less 64', readLess)],
  ['greater', valued('greater 1000', readGreater)],
  ['malformed', alone({ kind: 'malformed' })],
]);

export const WORDS: readonly string[] = [...PRIMITIVES.keys(), 'and', 'or', 'not'];

/** What people write, and what it is here. */
const REMEDIES: Readonly<Record<string, string>> = {
  ipv4: 'ip',
  ipv6: 'ip6',
  source: 'src',
  destination: 'dst',
  sport: 'src port',
  dport: 'dst port',
  iface: 'device',
  interface: 'device',
  len: 'less N" or "greater N',
  length: 'less N" or "greater N',
  broadcast: 'dst host 255.255.255.255',
  multicast: 'dst net 224.0.0.0/4',
  ...Object.fromEntries(TCP_FLAGS.map((flag) => [flag, `tcp ${flag}`])),
  ...Object.fromEntries(ACTIONS.map((action) => [action, `action ${action}`])),
};

/** Whether a filter may begin with this word. */
export function isFirstWord(word: string): boolean {
  return PRIMITIVES.has(word) || ['not', '!', '('].includes(word) || isAddress(word);
}

/** @param again what read the value of the test before */
export function readPrimitive(tokens: Tokens, again: ValueReader | undefined): Primitive {
  const token = tokens.peek();
  const read = PRIMITIVES.get(token.text);
  if (read !== undefined) {
    return read(tokens);
  }
  if (NO_VALUES.includes(token.text)) {
    const found = token.text === '' ? 'the end' : `"${token.text}"`;
    throw tokens.error(`a test is missing before ${found}; write one, such as "udp"`, token);
  }
  const reader = again ?? (isAddress(token.text) ? addressReader('either') : undefined);
  if (reader === undefined) {
    throw tokens.error(`unknown word "${token.text}"${remedyOf(token.text)}`, token);
  }
  return { filter: reader(tokens, tokens.next()), again: reader };
}

function remedyOf(word: string): string {
  if (Object.hasOwn(REMEDIES, word)) {
    return `; write "${REMEDIES[word]}"`;
  }
  if (/^\d+$/.test(word)) {
    return `; write "port ${word}" for a port`;
  }
  if (word.includes('[')) {
    return '; bytes of packets are not recorded, but flags of TCP are: write "tcp syn"';
  }
  return didYouMean(word, WORDS) || '; docs/log.md lists the words of filters';
}
