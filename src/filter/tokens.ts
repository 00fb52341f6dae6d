// SPDX-License-Identifier: Apache-2.0
// The words of a filter, each with its place, and errors that point at one of them.
import { ConfigError } from '../errors.ts';

/** Characters of a filter at most. */
const MAX_CHARACTERS = 4096;

/** What an error shows of a longer filter, around the place that it points at. */
const SHOWN_CHARACTERS = 72;

export interface Token {
  readonly text: string;
  /** From 1 on, in UTF-16 units. */
  readonly column: number;
}

/** Reads a filter word by word. Parentheses, "!", "&&" and "||" are words of their own. */
export class Tokens {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  /** @throws ConfigError where the text is too long */
  constructor(text: string) {
    this.#text = text;
    if (text.length > MAX_CHARACTERS) {
      throw this.error(
        `it has ${text.length} characters; shorten it to ${MAX_CHARACTERS}, for example by a net instead of many hosts`,
        { text: '', column: MAX_CHARACTERS + 1 },
      );
    }
    this.#tokens = [...text.matchAll(/[()!]|&&?|\|\|?|[^\s()!&|]+/g)].map((match) => ({
      text: match[0],
      column: match.index + 1,
    }));
  }

  /** The word that is next, or one behind it; an empty one behind the last. */
  peek(ahead = 0): Token {
    return (
      this.#tokens[this.#next + ahead] ?? { text: '', column: this.#text.trimEnd().length + 1 }
    );
  }

  /** Takes the next word. */
  next(): Token {
    const token = this.peek();
    this.#next++;
    return token;
  }

  /** Takes the next word if it is one of these. */
  take(...texts: readonly string[]): Token | undefined {
    return texts.includes(this.peek().text) ? this.next() : undefined;
  }

  /** A line that says where and what, and under it the filter with a caret at the place. */
  error(problem: string, { column }: Token): ConfigError {
    const start = Math.max(0, column - 1 - SHOWN_CHARACTERS / 2);
    const excerpt = this.#text
      .slice(start, start + SHOWN_CHARACTERS)
      .replace(/[^\x20-\x7e]/g, '?')
      .trimEnd();
    const caret = '^'.padStart(column - start);
    return new ConfigError(`column ${column}: ${problem}\n  ${excerpt}\n  ${caret}`);
  }
}
