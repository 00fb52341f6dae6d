// SPDX-License-Identifier: Apache-2.0
// The file of networks as JSON: far less time and memory than YAML takes, for lists of hundreds of thousands.
import { ConfigError, errorMessage } from '../../errors.ts';
import type { NetworkCollection } from './collect-networks.ts';

/** Of a text that JSON.parse takes: strings, punctuation, other values, and the ends of lines. */
const TOKENS = /"(?:[^"\\]+|\\.)*"|[[\]{}:,\n]|[^\s"[\]{}:,]+/g;

/** Whether it is an object as JSON has them; where it is none, YAML may still take it. */
export function isJsonObject(text: string): boolean {
  try {
    return /^\s*\{/.test(text) && JSON.parse(text) !== null;
  } catch {
    return false;
  }
}

/**
 * Adds all of it. By its tokens: JSON.parse, which has to take it before, tells neither lines nor names that come twice.
 * @param text of which `isJsonObject` holds
 * @throws ConfigError with the line of what is wrong
 */
export function readJson(text: string, networks: NetworkCollection): void {
  let line = 1;
  let read = readBrace;
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '\n') {
      line++;
    } else if (token !== ',' && token !== ':') {
      read = read({ token, line, networks });
    }
  }
}

/** A token that is neither space nor what only separates. */
interface Step {
  readonly token: string;
  readonly line: number;
  readonly networks: NetworkCollection;
}

/** Takes a token, and gives what takes the next: what may come is known, since the text is JSON. */
type Read = (step: Step) => Read;

const readBrace: Read = () => readName;

const readName: Read = ({ token, line, networks }) => {
  if (token === '}') {
    return readName;
  }
  const name = JSON.parse(token) as string;
  networks.addName(name, line);
  return (next) => readBracket(name, next);
};

function readBracket(name: string, { token, line, networks }: Step): Read {
  if (token === '[') {
    return (next) => readPrefix(name, next);
  }
  const given = token === '{' ? 'an object' : token;
  throw networks.fault(line, name, `${given} in the place of a list; ${wanted(name)}`);
}

function readPrefix(name: string, { token, line, networks }: Step): Read {
  if (token === ']') {
    return readName;
  }
  if (!token.startsWith('"')) {
    throw networks.fault(line, name, `the list has an item that is not a prefix; ${wanted(name)}`);
  }
  networks.addPrefix(JSON.parse(token) as string, line);
  return (next) => readPrefix(name, next);
}

function wanted(name: string): string {
  return `write ${JSON.stringify(name)}: ["192.0.2.0/24"]`;
}

/** What JSON.parse says of a text that it does not take. */
export function jsonFault(text: string, path: string): ConfigError {
  try {
    JSON.parse(text);
    return new ConfigError(`read ${path}:1: not a JSON object; write {"office": ["192.0.2.0/24"]}`);
  } catch (cause) {
    const message = errorMessage(cause);
    const position = Number(/position (\d+)/.exec(message)?.[1] ?? text.length);
    const line = text.slice(0, position).split('\n').length;
    const [reason] = message.replace(/ in JSON at position.*/s, '').split('\n');
    return new ConfigError(`read ${path}:${line}: ${reason}`, { cause });
  }
}
