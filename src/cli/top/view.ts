// SPDX-License-Identifier: Apache-2.0
// How the screen is looked at, and what each key changes of that. Pure.
import { TOP_LISTS } from '../../snapshot/top-list.ts';
import type { Unit } from './quantity.ts';

const SORTS = ['packets', 'bytes', 'name'] as const;
export type Sort = (typeof SORTS)[number];

export interface View {
  readonly sort: Sort;
  readonly unit: Unit;
  readonly isPaused: boolean;
  readonly showsHelp: boolean;
  /** Which of the top lists comes first, where not all of them fit; more than there are goes round. */
  readonly list: number;
  /** The same of the tables of what packets are like. */
  readonly table: number;
  /** Key of the device whose details are shown; undefined is the first one. */
  readonly selected?: string;
}

export const FIRST_VIEW: View = {
  sort: 'packets',
  unit: 'bits',
  isPaused: false,
  showsHelp: false,
  list: 0,
  table: 0,
};

interface Key {
  /** As `nameKey` calls them; the first one is shown. */
  readonly names: readonly string[];
  /** In the last line of the screen. */
  readonly label: (view: View) => string;
  /** On the page of help. */
  readonly help: string;
  /** Undefined ends `top`. @param devices keys, in the order of the screen */
  press(view: View, devices: readonly string[]): View | undefined;
}

export const KEYS: readonly Key[] = [
  {
    names: ['q', 'ctrl-c'],
    label: () => 'quit',
    help: 'Quit; Ctrl-C does the same',
    press: () => undefined,
  },
  {
    names: ['d', 'down', 'j', 'tab'],
    label: () => 'device',
    help: 'Show the next device; the down arrow does the same',
    press: (view, devices) => select(view, devices, 1),
  },
  {
    names: ['D', 'up', 'k'],
    label: () => '',
    help: 'Show the previous device; the up arrow does the same',
    press: (view, devices) => select(view, devices, -1),
  },
  {
    names: ['s'],
    label: ({ sort }) => `sort: ${sort}`,
    help: 'Sort by packets, by bytes or by name',
    press: (view) => ({ ...view, sort: SORTS[SORTS.indexOf(view.sort) + 1] ?? SORTS[0] }),
  },
  {
    names: ['u'],
    label: ({ unit }) => unit,
    help: 'Show bits or bytes per second; K, M and G are powers of 1000',
    press: (view) => ({ ...view, unit: view.unit === 'bits' ? 'bytes' : 'bits' }),
  },
  {
    names: ['l'],
    label: () => (TOP_LISTS.length > 1 ? 'list' : ''),
    help: 'Show the next list first, if not all of them fit',
    press: (view) => ({ ...view, list: (view.list + 1) % TOP_LISTS.length }),
  },
  {
    names: ['t'],
    label: () => 'table',
    help: 'Show the next packet table first, if not all of them fit',
    press: (view) => ({ ...view, table: view.table + 1 }),
  },
  {
    names: ['p', 'space'],
    label: ({ isPaused }) => (isPaused ? 'resume' : 'pause'),
    help: 'Pause or resume the screen; counting never pauses',
    press: (view) => ({ ...view, isPaused: !view.isPaused }),
  },
  {
    names: ['h', '?'],
    label: () => 'help',
    help: 'Show this page, or leave it',
    press: (view) => ({ ...view, showsHelp: !view.showsHelp }),
  },
];

/** The view after a key; as it was for one that means nothing. Undefined ends `top`. */
export function pressKey(view: View, name: string, devices: readonly string[]): View | undefined {
  const key = KEYS.find(({ names }) => names.includes(name));
  return key === undefined ? view : key.press(view, devices);
}

/** Goes round at either end. */
function select(view: View, devices: readonly string[], step: 1 | -1): View {
  const place = Math.max(0, devices.indexOf(view.selected ?? ''));
  const selected = devices.at((place + step) % devices.length);
  return selected === undefined ? view : { ...view, selected };
}

/** A key as `KEYS` names it. @param text what it types; `key` as node:readline tells it */
export function nameKey(text: string | undefined, key: { name?: string; ctrl?: boolean }): string {
  if (key.ctrl) {
    return `ctrl-${key.name}`;
  }
  const isTyped = text !== undefined && /^[\x21-\x7e]$/.test(text);
  return isTyped ? text : (key.name ?? '');
}

interface Sorted {
  readonly label: string;
  readonly packetsPerSecond: number;
  readonly bytesPerSecond?: number;
}

/** A new array; equals keep their order. */
export function sortBy<Row extends Sorted>(rows: readonly Row[], sort: Sort): Row[] {
  if (sort === 'name') {
    return rows.toSorted((one, other) =>
      one.label.localeCompare(other.label, 'en', { numeric: true }),
    );
  }
  const value = (row: Row) =>
    sort === 'bytes' ? (row.bytesPerSecond ?? row.packetsPerSecond) : row.packetsPerSecond;
  return rows.toSorted((one, other) => value(other) - value(one));
}
