// SPDX-License-Identifier: Apache-2.0
// Whether the kernel still shows the exporter its own counters, now that it has no capability any more.
import { ExporterError, errorMessage } from '../errors.ts';
import type { Kernel } from './kernel.ts';

/** Throws an ExporterError that says what would help: the kernel decides this by a sysctl. */
export function requireReadable({ counters }: Pick<Kernel, 'counters'>): void {
  try {
    counters.read(1);
  } catch (cause) {
    throw new ExporterError(
      `read counters without capabilities: ${errorMessage(cause)}; before Linux 5.19 this needs kernel.unprivileged_bpf_disabled=0: set it, or omit --drop-privileges`,
      { cause },
    );
  }
}
