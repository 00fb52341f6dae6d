// SPDX-License-Identifier: Apache-2.0
// What somebody may have meant by a word that is not known.
import { createRequire } from 'node:module';
import { failToLoad } from './errors.ts';

const require = createRequire(import.meta.url);

/** Loaded on first use: most command lines have no slip. */
function levenshtein(): typeof import('fastest-levenshtein') {
  try {
    return require('fastest-levenshtein');
  } catch (error) {
    return failToLoad(error);
  }
}

/** The candidate that differs by a slip of the fingers at most, whatever its case and punctuation; else undefined. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const letters = lettersOf(word);
  const { distance } = levenshtein();
  const limit = Math.min(letters.length - 1, Math.max(2, Math.floor(letters.length / 4)));
  return candidates
    .map((candidate) => ({ candidate, edits: distance(letters, lettersOf(candidate)) }))
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits)[0]?.candidate;
}

/** The end of a message: a question, or nothing where no candidate is close. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const candidate = nearest(word, candidates);
  return candidate === undefined ? '' : `; did you mean "${candidate}"?`;
}

function lettersOf(word: string): string {
  return word.toLowerCase().replace(/[.\-_]/g, '');
}
