// SPDX-License-Identifier: Apache-2.0
// What an option is, and how to write one down: its texts, and the schema that turns a text into a value.
import * as v from 'valibot';
import { errorMessage } from '../errors.ts';
import { didYouMean } from '../nearest.ts';

/** Takes a text as it was given; the issue that it raises says what would do. */
type TextSchema<Value = unknown> = v.GenericSchema<string, Value>;

/** What every entry says of itself. */
interface Spec {
  /** One sentence without its full stop, for the help and the page. */
  readonly help: string;
  /** A text that it takes. */
  readonly example?: string;
  /** One letter. */
  readonly alias?: string;
  /** What it names on the machine: a shell completes it. */
  readonly names?: 'device' | 'netns' | 'file';
  /** `run` applies a new value at SIGHUP. */
  readonly reloads?: true;
  /** The chart's value that sets it; the chart's default where that is another on purpose. */
  readonly chart?: { readonly value: string; readonly default?: unknown };
}

interface OptionBase extends Spec {
  readonly schema: TextSchema;
  /** What it takes, for the page: "one of auto, native". */
  readonly takes: string;
  /** Stands for the value in the help's usage. */
  readonly default?: string | undefined;
  readonly choices?: readonly string[];
  readonly range?: NumberRange;
  /** An empty text means something. */
  readonly mayBeEmpty?: true;
  /** What it says by itself on the command line, where a value is written behind "=" alone. */
  readonly bare?: string;
  /** What may be shown of a text that may hold a secret. */
  readonly redact?: (text: string) => string;
  /** In the file it may be a map, too: each of its entries is a text "KEY=VALUE". */
  readonly mapped?: true;
}

/** switch: true or false; list: may be given many times; one: once. */
export type Option = OptionBase & { readonly kind: 'switch' | 'list' | 'one' };

export type Options = Readonly<Record<string, Option>>;

/** The value that an option's schema makes, and undefined where it has no default. */
type ValueOf<Entry> = Entry extends { kind: 'switch' }
  ? boolean
  : Entry extends { kind: 'list'; schema: v.GenericSchema<string, infer Item> }
    ? readonly Item[]
    : Entry extends { schema: v.GenericSchema<string, infer Value>; default: infer Default }
      ? Value | (Default extends string ? never : undefined)
      : never;

export type ValuesOf<Entries> = { readonly [Name in keyof Entries]: ValueOf<Entries[Name]> };

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  /** In the plural: "packets". */
  readonly unit?: string;
  /** No fractions. */
  readonly whole?: boolean;
}

/** true or false; by itself on the command line it is true, with "no-" in front false. */
export function flag(spec: Spec & { readonly default: boolean }) {
  const message = 'not one of true, false, 1, 0';
  return {
    ...spec,
    kind: 'switch',
    takes: '`true` or `false`',
    default: String(spec.default),
    schema: v.pipe(
      v.picklist(['true', '1', 'false', '0'], message),
      v.transform((text) => text === 'true' || text === '1'),
    ),
  } as const;
}

/** Texts, each once, in the order in which they were given. */
export function list(spec: Spec) {
  return { ...spec, kind: 'list', takes: 'list', schema: filled() } as const;
}

/** As `list`, of what `parse` makes of each text. The default is a list of one. */
export function listOf<Item>(spec: TextSpec<Item, string | undefined>) {
  return { ...spec, kind: 'list', schema: parsed(spec.parse) } as const;
}

export function choice<
  const Choice extends string,
  const Default extends NoInfer<Choice> | undefined = undefined,
>(choices: readonly Choice[], spec: Spec & { readonly default?: Default }) {
  return {
    ...spec,
    kind: 'one',
    takes: choices.map((text) => `\`${text}\``).join(', '),
    choices,
    default: spec.default as Default,
    schema: v.picklist(
      choices,
      ({ input }) => `not one of ${choices.join(', ')}${suggest(String(input), choices)}`,
    ),
  } as const;
}

/** Of words as short as these many are two letters apart, and mean something else; a slip seldom is of the first letter. */
function suggest(word: string, choices: readonly string[]): string {
  const initial = word.slice(0, 1).toLowerCase();
  return didYouMean(
    word,
    choices.filter((choice) => choice.startsWith(initial)),
  );
}

/** A finite number within its range. */
export function number<const Default extends number | undefined = undefined>(
  spec: Spec & NumberRange & { readonly default?: Default },
) {
  const { min, max, unit, whole = false, ...rest } = spec;
  const kind = whole ? 'a whole number' : 'a number';
  const message = `not ${kind}${unit === undefined ? '' : ` of ${unit}`} from ${min} to ${max}`;
  return {
    ...rest,
    kind: 'one',
    takes: `${unit ?? (whole ? 'a whole number' : 'a number')}, ${min} to ${max}`,
    range: { min, max, whole, ...(unit === undefined ? {} : { unit }) },
    default: (spec.default === undefined
      ? undefined
      : String(spec.default)) as Default extends number ? string : undefined,
    schema: v.pipe(
      v.string(),
      v.trim(),
      v.nonEmpty(message),
      v.transform(Number),
      v.number(message),
      v.minValue(min, message),
      v.maxValue(max, message),
      v.check((value) => !whole || Number.isInteger(value), message),
    ),
  } as const;
}

interface TextSpec<Value, Default> extends Spec {
  /** In words, for the page. */
  readonly takes: string;
  readonly default?: Default;
  /** What it throws says what would do; its message follows the name and the text. */
  readonly parse: (text: string) => Value;
  /** An empty text means something. */
  readonly mayBeEmpty?: true;
  readonly bare?: string;
  readonly redact?: (text: string) => string;
  readonly mapped?: true;
}

export function text<Value, const Default extends string | undefined = undefined>(
  spec: TextSpec<Value, Default>,
) {
  return {
    ...spec,
    kind: 'one',
    default: spec.default as Default,
    schema: parsed(spec.parse, spec.mayBeEmpty),
  } as const;
}

function parsed<Value>(parse: (text: string) => Value, mayBeEmpty = false) {
  return v.pipe(
    mayBeEmpty ? v.string() : filled(),
    v.rawTransform<string, Value>(({ dataset, addIssue, NEVER }) => {
      try {
        return parse(dataset.value);
      } catch (error) {
        addIssue({ message: errorMessage(error) });
        return NEVER;
      }
    }),
  );
}

function filled() {
  return v.pipe(v.string(), v.nonEmpty('it is empty; omit it or give it a value'));
}
