// SPDX-License-Identifier: Apache-2.0
// What the demo says of its story, when it happens, and where one sees it.
import { setTimeout } from 'node:timers/promises';
import type { Story } from './scenarios.ts';

/** Where one can look. */
export interface Viewpoints {
  /** Of the live page; absent where there is none. */
  readonly pageUrl?: string;
  /** The command line of `top`; undefined where there is none. */
  readonly top: string | undefined;
}

/** Lines, and when they are to be said: seconds since the start, ascending. */
export function narrationOf(
  { calm, middle, name, durationSeconds = 0 }: Story,
  { pageUrl, top }: Viewpoints,
): readonly { readonly atSeconds: number; readonly lines: readonly string[] }[] {
  if (middle === undefined) {
    return [];
  }
  const { fromSeconds, toSeconds, text, sight } = middle;
  const calmText = `${(calm.rate ?? 0).toLocaleString('en-US')} packets/s of all kinds`;
  const scene = (atSeconds: number, title: string, details: readonly string[] = []) => ({
    atSeconds,
    lines: [`${formatTime(atSeconds)}  ${title}`, ...details.map((detail) => `       ${detail}`)],
  });
  return [
    scene(0, `calm: ${calmText}; ${name} begins at ${formatTime(fromSeconds)}`),
    scene(fromSeconds, `${name}: ${text}`, [
      ...(pageUrl === undefined ? [] : [`page:   ${sight.page}: ${pageUrl}`]),
      ...(top === undefined ? [] : [`top:    ${sight.top}: ${top}`]),
      `PromQL: ${sight.promql}`,
    ]),
    scene(toSeconds, `calm again: ${calmText}; it ends at ${formatTime(durationSeconds)}`),
  ];
}

/** "1:05"; with a decimal where the whole story is short. */
function formatTime(seconds: number): string {
  const rest = seconds % 60;
  const text = Number.isInteger(seconds) ? String(rest) : rest.toFixed(1);
  return `${Math.floor(seconds / 60)}:${rest < 10 ? '0' : ''}${text}`;
}

/** Says everything in its time, until the end or the signal. */
export async function narrate(
  narration: ReturnType<typeof narrationOf>,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<void> {
  const startMs = performance.now();
  for (const { atSeconds, lines } of narration) {
    const waitMs = startMs + 1000 * atSeconds - performance.now();
    await setTimeout(Math.max(0, waitMs), undefined, { signal }).catch(() => {});
    if (signal.aborted) {
      return;
    }
    lines.forEach(say);
  }
}
