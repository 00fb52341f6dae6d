// SPDX-License-Identifier: Apache-2.0
// What is told of a device that has lost its instrument.
import { explainReason, REASONS } from '../reasons.ts';
import type { DownReason, ProgramInfo } from '../snapshot/device.ts';

export interface Loss {
  readonly reason: DownReason;
  readonly message: string;
  /** Absent: that of every device that is down. */
  readonly level?: 'info';
}

/**
 * @param program of the instrument, where it was taken away; absent: its device has gone
 * @param isSealed none can follow, which is then the reason
 */
export function lossOf(name: string, program: ProgramInfo | undefined, isSealed: boolean): Loss {
  const cause = causeOf(program);
  const message = (text: string) => `watch device "${name}": ${text}`;
  if (isSealed) {
    const detail = `${cause}, and the exporter has dropped its privileges`;
    return {
      reason: 'privileges_dropped',
      message: message(explainReason('privileges_dropped', detail)),
    };
  }
  if (program === undefined) {
    return { reason: 'absent', message: message(cause) };
  }
  return program.role === 'observed'
    ? // As its owner pleases: no more than news.
      { reason: 'no_program', message: message(cause), level: 'info' }
    : { reason: 'detached', message: message(explainReason('detached')) };
}

function causeOf(program: ProgramInfo | undefined): string {
  if (program === undefined) {
    return 'the device has disappeared';
  }
  const { role, name, id } = program;
  return role === 'observed' ? `program "${name}" (id ${id}) has left it` : REASONS.detached.cause;
}
