// SPDX-License-Identifier: Apache-2.0
// Reads the fields of a JSON object that someone else wrote. A field that nobody reads is a mistake too.
import { ConfigError } from '../errors.ts';

/** Both ends included. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Each method reads one field, and throws a ConfigError that names and quotes it where it is not as asked. */
export class Fields {
  readonly #subject: string;
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #unread: Set<string>;

  /** @param subject what the object is, for errors: "generator options" */
  constructor(subject: string, value: unknown) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new ConfigError(`read ${subject} ${JSON.stringify(value)}: not a JSON object`);
    }
    this.#subject = subject;
    this.#values = new Map(Object.entries(value));
    this.#unread = new Set(this.#values.keys());
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** As it stands, unchecked. */
  value(name: string): unknown {
    this.#unread.delete(name);
    return this.#values.get(name);
  }

  text(name: string): string {
    const value = this.value(name);
    return typeof value === 'string' && value !== '' ? value : this.#refuse(name, 'a text');
  }

  switch(name: string): boolean {
    const value = this.value(name) ?? false;
    return typeof value === 'boolean' ? value : this.#refuse(name, 'true or false');
  }

  integer(name: string, range: Range): number {
    const value = this.number(name, range);
    return Number.isInteger(value) ? value : this.#refuse(name, 'a whole number');
  }

  number(name: string, { min, max }: Range): number {
    const value = this.value(name);
    return typeof value === 'number' && value >= min && value <= max
      ? value
      : this.#refuse(name, `a number from ${min} to ${max}`);
  }

  oneOf<const Choice extends string | number>(name: string, choices: readonly Choice[]): Choice {
    const value = this.value(name);
    const choice = choices.find((candidate) => candidate === value);
    return choice ?? this.#refuse(name, `one of ${choices.join(', ')}`);
  }

  /** A list, perhaps empty, of choices. */
  someOf<const Choice extends string>(name: string, choices: readonly Choice[]): readonly Choice[] {
    const value = this.value(name);
    const isChoice = (each: unknown): each is Choice => choices.some((choice) => choice === each);
    return Array.isArray(value) && value.every(isChoice)
      ? value
      : this.#refuse(name, `a list of ${choices.join(', ')}`);
  }

  list(name: string, range: Range): readonly unknown[] {
    const value = this.value(name);
    return Array.isArray(value) && value.length >= range.min && value.length <= range.max
      ? value
      : this.#refuse(name, `a list of ${range.min} to ${range.max}`);
  }

  /** After the last field has been read. */
  end(): void {
    const [name] = this.#unread;
    if (name !== undefined) {
      throw new ConfigError(`read ${this.#subject}: "${name}" is not one of its fields`);
    }
  }

  #refuse(name: string, wanted: string): never {
    const value = this.#values.get(name);
    const found = value === undefined ? 'it is missing' : JSON.stringify(value);
    throw new ConfigError(`read "${name}" of ${this.#subject}: ${found}; it must be ${wanted}`);
  }
}
