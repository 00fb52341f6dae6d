// SPDX-License-Identifier: Apache-2.0
// Targets with the faults that fuzzing is to find.
import type { Target } from './target.ts';

const kept: number[][] = [];

export const TARGETS: readonly Target[] = [
  {
    name: 'throws',
    maxBytes: 8,
    dictionary: ['bad'],
    run(input) {
      if (input.includes('bad')) {
        throw new Error('a promise is broken');
      }
      return 2;
    },
  },
  {
    name: 'rejects',
    maxBytes: 8,
    run: async (input) => {
      if (input.length > 2) {
        throw new Error('a promise is broken later');
      }
      return 1;
    },
  },
  {
    name: 'never-ends',
    maxBytes: 8,
    run(input) {
      while (input.length > 2) {
        // What a damaged length leads to.
      }
      return 1;
    },
  },
  {
    name: 'fills-memory',
    maxBytes: 8,
    run() {
      for (;;) {
        kept.push(Array<number>(1_000_000).fill(0.5));
      }
    },
  },
];
