// SPDX-License-Identifier: Apache-2.0
// Every way to load the parser that this kernel has, and what it can do with a frame.
import { release } from 'node:os';
import { LENGTH_SOURCES, LINKS } from '../../../src/kernel/layout.ts';
import type { Variant } from './parser-under-test.ts';

/** The oldest kernel of each way to learn a frame's length. */
const SINCE = { linear: [5, 8], helper: [5, 18], cast: [6, 2] } as const;

function kernelHas([major, minor]: readonly [number, number]): boolean {
  const [ours = 0, oursMinor = 0] = release().split('.').map(Number);
  return ours > major || (ours === major && oursMinor >= minor);
}

/** Whether BPF_PROG_TEST_RUN lets a frame's linear part be shorter than the frame. */
export const CAN_SHORTEN = kernelHas([6, 18]);

export const VARIANTS: readonly Variant[] = keysOf(LINKS).flatMap((link) =>
  (['mapped', 'perf'] as const).flatMap((transport) =>
    keysOf(LENGTH_SOURCES)
      .filter((source) => kernelHas(SINCE[source]))
      .map((source) => ({ link, transport, source })),
  ),
);

export function nameOf({ link, transport, source }: Variant): string {
  return `link ${link}, transport ${transport}, length by ${source}`;
}

function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): Key[] {
  return Object.keys(record) as Key[];
}
