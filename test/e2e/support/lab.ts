// SPDX-License-Identifier: Apache-2.0
// A lab whose receiving end takes frames also while no XDP program is on it.
import { createLab, type Lab } from '../../../src/demo/lab.ts';
import { run } from './namespace.ts';

/** Without a native XDP program a veth hands no frame on that was redirected to it, unless GRO is on. */
export async function createOpenLab(name: string): Promise<Lab> {
  const lab = await createLab({ name });
  const { netns, device } = lab.rx;
  await run('ip', 'netns', 'exec', netns, 'ethtool', '-K', device, 'gro', 'on');
  return lab;
}
