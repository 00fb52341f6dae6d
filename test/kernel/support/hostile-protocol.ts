// SPDX-License-Identifier: Apache-2.0
// What a test and the hostile writer that it started say to each other.

/** What a round damages: it says whether it could. */
export type Damage = 'head' | 'tail' | 'record' | 'interval';

/** `free`: for so many ms, whatever it likes. `round`: once each of these. */
export type Command = { readonly freeMs: number } | { readonly round: readonly Damage[] };

/** What was done: how many writes, or which damages are in memory. */
export type Reply = { readonly writes: number } | { readonly done: readonly Damage[] };

/** The writer's first message: from here on it takes commands, one at a time. */
export const READY = 'ready';
