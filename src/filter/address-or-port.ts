// SPDX-License-Identifier: Apache-2.0
// Tests of addresses and ports: "src net 203.0.113.0/24", "tcp dst port 443".
import { type AddressType, addressReader } from './addresses.ts';
import type { Direction, Filter, IpFamily } from './filter.ts';
import type { Tokens } from './tokens.ts';
import { portRangeReader, portReader, type ValueReader } from './values.ts';

/** A test, and what reads a value that follows "or" or "and" by itself. */
export interface Primitive {
  /** Undefined where values in parentheses come next: "port (80 or 443)". */
  readonly filter: Filter | undefined;
  readonly again: ValueReader | undefined;
}

/** Words that cannot be a value: one is missing before them. */
export const NO_VALUES: readonly string[] = ['', 'and', '&&', 'or', '||', 'not', '!', ')'];

/** @param example what one would write */
export function readValue(tokens: Tokens, example: string, read: ValueReader): Primitive {
  const value = tokens.peek();
  if (NO_VALUES.includes(value.text)) {
    throw tokens.error(`a value is missing; write one, as in "${example}"`, value);
  }
  return { filter: value.text === '(' ? undefined : read(tokens, tokens.next()), again: read };
}

const DIRECTIONS: Readonly<Record<string, Direction>> = { src: 'source', dst: 'destination' };

/** "src", "dst", or both with "or" or "and" between them. */
function readDirection(tokens: Tokens): Direction | undefined {
  const first = tokens.take('src', 'dst');
  if (first === undefined) {
    return undefined;
  }
  const isPair = tokens.peek(1).text === (first.text === 'src' ? 'dst' : 'src');
  const joint = isPair ? tokens.take('or', 'and') : undefined;
  if (joint === undefined) {
    return DIRECTIONS[first.text];
  }
  tokens.next();
  return joint.text === 'or' ? 'either' : 'both';
}

/** What a word before "src", "host", "port" and the like demands. */
export interface Before {
  readonly word: string;
  readonly family?: IpFamily;
  /** TCP, UDP or SCTP. */
  readonly protocol?: number;
}

type Type = AddressType | 'port' | 'portrange';

/** An address or ports; undefined where none of their words comes. */
export function readQualified(tokens: Tokens, before?: Before): Primitive | undefined {
  const start = tokens.peek();
  const given = readDirection(tokens);
  const direction = given ?? 'either';
  const type = tokens.take('host', 'net', 'port', 'portrange')?.text as Type | undefined;
  const { word, family, protocol } = before ?? {};
  const separate = () =>
    tokens.error(
      `"${word}" does not go with "${start.text}"; write "${word} and" before it`,
      start,
    );
  if (type === 'port' || type === 'portrange') {
    if (family !== undefined) {
      throw separate();
    }
    return type === 'port'
      ? readValue(tokens, 'port 53', portReader(direction, protocol))
      : readValue(tokens, 'portrange 1-1023', portRangeReader(direction, protocol));
  }
  if (given === undefined && type === undefined) {
    return undefined;
  }
  if (protocol !== undefined) {
    throw separate();
  }
  const example = type === 'net' ? 'net 203.0.113.0/24' : 'src host 203.0.113.7';
  return readValue(tokens, example, addressReader(direction, family, type));
}
