// SPDX-License-Identifier: Apache-2.0
// The largest bursts of one device in the last minute, as they cross the border: plain data.
import type { Counts } from './top-list.ts';

/** How long the windows are that a burst is looked for in, as label `window` has it. */
export const PEAK_WINDOWS = ['10ms', '1s'] as const;

export type PeakWindow = (typeof PEAK_WINDOWS)[number];

/** What each is for people, and for rates. */
export const PEAK_LENGTHS: Readonly<Record<PeakWindow, { text: string; seconds: number }>> = {
  '10ms': { text: '10 ms', seconds: 0.01 },
  '1s': { text: '1 s', seconds: 1 },
};

/** By window: the most packets, and the most bytes, that came in any such window. Both need not be of the same one. */
export type Peaks = Readonly<Record<PeakWindow, Counts>>;

/**
 * In the order of `Snapshot.devices`; undefined for one that was never counted, and while sampling hides packets of it.
 * The part itself is absent where the logger is off or the sampling interval is fixed above 1.
 */
export type PeaksPart = readonly (Peaks | undefined)[];
