// SPDX-License-Identifier: Apache-2.0
// The screen of the scene as plain text.
import { compareSnapshots } from '../../../../src/cli/top/compare.ts';
import { chooseGlyphs } from '../../../../src/cli/top/glyphs.ts';
import { History } from '../../../../src/cli/top/history.ts';
import { paint } from '../../../../src/cli/top/line.ts';
import { drawScreen, type Shown, type Size } from '../../../../src/cli/top/screen.ts';
import { FIRST_VIEW, type View } from '../../../../src/cli/top/view.ts';
import { type SceneOptions, sceneAt } from './scene.ts';

export interface DrawOptions {
  readonly scene?: SceneOptions;
  readonly view?: Partial<View>;
  readonly locale?: string;
}

/** What is known after so many seconds. */
export function shownAfter(seconds: number, scene: SceneOptions = {}): Shown {
  const history = new History();
  for (let second = 1; second <= seconds; second++) {
    const after = sceneAt(second, scene);
    history.add(compareSnapshots(sceneAt(second - 1, scene), after), after.monotonicMs);
  }
  const comparison = compareSnapshots(sceneAt(seconds - 1, scene), sceneAt(seconds, scene));
  return { comparison, minutes: history.minutes() };
}

/** The lines after three quarters of a minute, without colours. */
export function drawScene(
  size: Size,
  { scene, view, locale = 'C.UTF-8' }: DrawOptions = {},
): string[] {
  const look = { view: { ...FIRST_VIEW, ...view }, glyphs: chooseGlyphs({ LANG: locale }) };
  return drawScreen(shownAfter(45, scene), look, size).map((line) => paint(line, false));
}
