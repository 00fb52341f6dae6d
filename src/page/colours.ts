// SPDX-License-Identifier: Apache-2.0
// The style sheet's colours, for what is drawn on a canvas.

/** @param name as in page.css, without its dashes */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Calls back where the window or the colours of the desktop change. */
export function onLookChange(element: HTMLElement, redraw: () => void): void {
  new ResizeObserver(redraw).observe(element);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
}
