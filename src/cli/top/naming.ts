// SPDX-License-Identifier: Apache-2.0
// What a device and its state are called, for people. Names come from the kernel and are hostile.
import { printableName } from '../printable.ts';
import type { DeviceSummary } from './report.ts';

/** "eth0", "eth0 in blue". */
export function nameDevice({ device, netns }: DeviceSummary): string {
  const name = printableName(device);
  return netns === undefined ? name : `${name} in ${printableName(netns)}`;
}

/** "native", "observes xdp_filter", "observes xdp_filter, generic", "down: occupied". */
export function describeState({ up, mode, reason, program }: DeviceSummary): string {
  if (!up) {
    return reason === undefined ? 'down' : `down: ${reason}`;
  }
  if (program?.role !== 'observed') {
    return mode ?? 'up';
  }
  // Native is what one expects; the other costs.
  return `observes ${printableName(program.name)}${mode === 'native' ? '' : `, ${mode}`}`;
}
