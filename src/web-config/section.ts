// SPDX-License-Identifier: Apache-2.0
// A map of the file with the keys that it may have. Every complaint names the line, the key and what to do.
import type { Node, Pair, Scalar } from 'yaml';
import { ConfigError } from '../errors.ts';
import { didYouMean } from '../nearest.ts';
import type { YamlFile } from '../options/yaml-file.ts';

interface Entry {
  readonly line: number;
  readonly node: Node;
}

/** A text of a list, and where it stands. */
export interface Item {
  readonly text: string;
  readonly line: number;
}

interface Details {
  /** Where it is no secret. */
  readonly value?: string;
  readonly cause?: unknown;
}

export class Section {
  readonly #file: YamlFile;
  readonly #name: string;
  readonly #entries = new Map<string, Entry>();

  /**
   * @param name of the map; empty for that of the whole file
   * @param known keys that it may have; absent: any
   * @throws ConfigError for a key that is not known
   */
  constructor(
    file: YamlFile,
    name: string,
    pairs: readonly Pair<Scalar, Node | null>[],
    known?: readonly string[],
  ) {
    this.#file = file;
    this.#name = name;
    for (const { key, value } of pairs) {
      const word = wordOf(key);
      if (known !== undefined && !known.includes(word)) {
        const remedy = didYouMean(word, known) || `; write one of ${known.join(', ')}`;
        throw this.#complaint(file.lineOf(key), word, 'unknown key', remedy.slice(2));
      }
      // A key without a value counts as unset.
      if (value !== null && !(file.isScalar(value) && value.value === null)) {
        this.#entries.set(word, { line: file.lineOf(key), node: value });
      }
    }
  }

  get keys(): readonly string[] {
    return [...this.#entries.keys()];
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  text(key: string): string | undefined {
    const entry = this.#entries.get(key);
    return entry && this.#textOf(entry.node, key);
  }

  /** Throws a ConfigError where it is not one of the choices. */
  choice<Value>(key: string, choices: Readonly<Record<string, Value>>): Value | undefined {
    const text = this.text(key);
    return text === undefined ? undefined : this.#chosen(key, { text, line: 0 }, choices);
  }

  flag(key: string): boolean | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      return undefined;
    }
    if (!this.#file.isScalar(entry.node) || typeof entry.node.value !== 'boolean') {
      throw this.complain(key, 'neither true nor false', 'write one of the two');
    }
    return entry.node.value;
  }

  texts(key: string): readonly Item[] | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      return undefined;
    }
    if (!this.#file.isSeq<Node | null>(entry.node)) {
      throw this.complain(key, 'not a list', 'write its items in brackets: [a, b]');
    }
    return entry.node.items.map((node) => ({
      text: this.#textOf(node, key),
      line: this.#file.lineOf(node),
    }));
  }

  /** As `texts`, with what each stands for. */
  choices<Value>(
    key: string,
    choices: Readonly<Record<string, Value>>,
  ): readonly Value[] | undefined {
    return this.texts(key)?.map((item) => this.#chosen(key, item, choices));
  }

  /** @param known as in the constructor */
  section(key: string, known?: readonly string[]): Section | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      return undefined;
    }
    if (!this.#file.isMap<Scalar, Node | null>(entry.node)) {
      throw this.complain(key, 'not a map', 'write its keys on the lines below, with two spaces');
    }
    return new Section(this.#file, this.#nameOf(key), entry.node.items, known);
  }

  /** An error about a key, at its line. */
  complain(key: string, why: string, remedy: string, more: Details = {}): ConfigError {
    const line = this.#entries.get(key)?.line ?? 1;
    return this.#complaint(line, key, why, remedy, more);
  }

  #chosen<Value>(key: string, item: Item, choices: Readonly<Record<string, Value>>): Value {
    const { text, line } = item;
    if (Object.hasOwn(choices, text)) {
      return choices[text] as Value;
    }
    const names = Object.keys(choices);
    const remedy = didYouMean(text, names) || `; write one of ${names.join(', ')}`;
    const at = line || (this.#entries.get(key)?.line ?? 1);
    throw this.#complaint(at, key, 'it is not known', remedy.slice(2), { value: text });
  }

  #textOf(node: Node | null, key: string): string {
    if (!this.#file.isScalar(node) || node.value === null || typeof node.value === 'object') {
      throw this.complain(
        key,
        'not a single text',
        'write a text, in quotes if it has special characters',
      );
    }
    return wordOf(node);
  }

  #nameOf(key: string): string {
    return this.#name === '' ? key : `${this.#name}.${key}`;
  }

  #complaint(
    line: number,
    key: string,
    why: string,
    remedy: string,
    { value, cause }: Details = {},
  ): ConfigError {
    const shown = value === undefined ? '' : ` "${value}"`;
    return new ConfigError(
      `read ${this.#file.path}:${line}: ${this.#nameOf(key)}${shown}: ${why}; ${remedy}`,
      { cause },
    );
  }
}

/** As it is written, also where YAML takes it for a number. */
function wordOf({ value, source }: Scalar): string {
  return typeof value === 'number' && source ? source : String(value);
}
