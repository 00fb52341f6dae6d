// SPDX-License-Identifier: Apache-2.0
// Texts to values: the first source that has an option wins, and the option's schema judges what it says.
import * as v from 'valibot';
import { ConfigError } from '../errors.ts';
import { type Given, type Givens, shown } from './given.ts';
import type { Option, Options } from './option.ts';

export interface Resolved {
  /** By option; see `Values` for their types. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Where a value came from; undefined for a default. */
  readonly originOf: (name: string) => string | undefined;
}

/**
 * @param sources the one that wins first
 * @throws ConfigError for the first text that will not do
 */
export function resolve(options: Options, sources: readonly Givens[]): Resolved {
  const find = (name: string) => sources.find((source) => source.has(name))?.get(name);
  const values = Object.entries(options).map(([name, option]) => [
    name,
    readValue(option, find(name)),
  ]);
  return { values: Object.fromEntries(values), originOf: (name) => find(name)?.[0]?.origin };
}

function readValue(option: Option, givens: readonly Given[] | undefined): unknown {
  if (option.kind === 'list' && (givens !== undefined || option.default === undefined)) {
    return [...new Set(givens?.map((given) => judge(option, given)))];
  }
  const [given] = givens ?? [];
  if (given !== undefined) {
    return judge(option, given);
  }
  if (option.default === undefined) {
    return undefined;
  }
  const value = v.parse(option.schema, option.default);
  return option.kind === 'list' ? [value] : value;
}

function judge(option: Option, { text, origin }: Given): unknown {
  const { success, output, issues } = v.safeParse(option.schema, text, { abortPipeEarly: true });
  if (!success) {
    const [{ message }] = issues;
    throw new ConfigError(`read ${origin} "${shown(text, option)}": ${message}`);
  }
  return output;
}
