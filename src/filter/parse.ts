// SPDX-License-Identifier: Apache-2.0
// The language of filters, in the words of pcap-filter(7): docs/log.md has its grammar.
import { didYouMean } from '../nearest.ts';
import type { Filter } from './filter.ts';
import { isFirstWord, readPrimitive, WORDS } from './primitives.ts';
import { Tokens } from './tokens.ts';
import type { ValueReader } from './values.ts';

/** Parentheses and negations within one another at most. */
const MAX_DEPTH = 64;

/**
 * A filter that `compile` takes.
 * @throws ConfigError whose first line has the column, what is wrong there and what to write instead; two more lines
 *   show the place
 */
export function parseFilter(text: string): Filter {
  const tokens = new Tokens(text);
  const filter = new Parser(tokens).filter(0);
  const rest = tokens.peek();
  if (rest.text === ')') {
    throw tokens.error('")" closes nothing; remove it or add "(" before', rest);
  }
  if (rest.text !== '') {
    const meant = didYouMean(rest.text, ['and', 'or']);
    const problem = meant === '' ? 'write "and" or "or" before' : 'unknown word';
    throw tokens.error(`${problem} "${rest.text}"${meant}`, rest);
  }
  return filter;
}

/** By recursive descent. */
class Parser {
  readonly #tokens: Tokens;
  /** What a value that stands alone is read by: "port 80 or 443". */
  #again: ValueReader | undefined;

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  /** Terms with "and" and "or" between them, which bind alike, from left to right. */
  filter(depth: number): Filter {
    let filter = this.#term(depth);
    for (;;) {
      const joint = this.#joint();
      if (joint === undefined) {
        return filter;
      }
      const before = filter.kind === joint ? filter.of : [filter];
      filter = { kind: joint, of: [...before, this.#term(depth)] };
    }
  }

  #joint(): 'and' | 'or' | undefined {
    const token = this.#tokens.take('and', '&&', 'or', '||');
    if (token === undefined) {
      return undefined;
    }
    return token.text === 'and' || token.text === '&&' ? 'and' : 'or';
  }

  #term(depth: number): Filter {
    const tokens = this.#tokens;
    const token = tokens.peek();
    if (depth > MAX_DEPTH) {
      throw tokens.error(`it is nested deeper than ${MAX_DEPTH}; remove parentheses`, token);
    }
    if (tokens.take('not', '!') !== undefined) {
      return { kind: 'not', of: this.#term(depth + 1) };
    }
    if (tokens.take('(') !== undefined) {
      const filter = this.filter(depth + 1);
      if (tokens.take(')') === undefined) {
        const at = `of column ${token.column}`;
        throw tokens.error(`"(" ${at} is still open; write ")"`, tokens.peek());
      }
      return filter;
    }
    const { filter, again } = readPrimitive(tokens, this.#again);
    this.#again = again;
    // Values may stand in parentheses: "port (80 or 443)".
    return filter ?? this.#term(depth);
  }
}

/** Whether a text can only be a filter: it begins with a word of the language, or with an address. */
export function beginsFilter(text: string): boolean {
  return isFirstWord(new Tokens(text).peek().text);
}

/** The words that a filter may begin with, and those between its tests. */
export const FILTER_WORDS = WORDS;
