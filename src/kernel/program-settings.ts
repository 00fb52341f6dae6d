// SPDX-License-Identifier: Apache-2.0
// Writes struct xdp_settings, the constants that the verifier judges a program by, into an object before its load.
import { SETTINGS } from './layout.ts';
import type { BpfObject } from './object.ts';

/** By field; see bpf/abi.h. */
export type ProgramSettings = Readonly<Record<keyof typeof SETTINGS.offsets, number>>;

/** Other constants lie behind them in the same section, and stay as they are. */
export function writeSettings(object: BpfObject, settings: ProgramSettings): void {
  const section = object.map('.rodata');
  const value = section.initialValue();
  for (const [field, setting] of Object.entries(settings)) {
    value.writeUInt32LE(setting, SETTINGS.offsets[field as keyof ProgramSettings]);
  }
  section.setInitialValue(value);
}
