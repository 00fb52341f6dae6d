// SPDX-License-Identifier: Apache-2.0
// Another's program on a device, whose verdicts are counted as it returns them, and which is never touched.
import { ExporterError, errorMessage, NoBtfError, VerifierError } from '../errors.ts';
import { type Device, programOf, type XdpOccupants } from '../kernel/device.ts';
import type { LinkLayer } from '../kernel/link-type.ts';
import { explainReason } from '../reasons.ts';
import type { DownReason, ProgramInfo } from '../snapshot/device.ts';
import { type Occupant, requireLink } from './attached.ts';
import { type Instrument, InstrumentError } from './instrument.ts';
import { OBSERVE_REASONS, reasonOf } from './refusal.ts';

/** One device under observation. */
export interface Observation {
  /** Of the observed program, with its full name. */
  readonly info: ProgramInfo;
  /**
   * Packets that the program was given and whose end was not seen, since this was opened: the kernel does not run an
   * observer that it is just running on that CPU. They are those of all devices that the program is on.
   */
  missed(): number;
  close(): void;
}

/** What it takes of the kernel, in the network namespace of the calling thread. */
export interface ObserveHook {
  /** As of now. */
  occupant(device: Device): Occupant | undefined;
  /** Throws a NoBtfError, a VerifierError, or a SystemError with the errno's symbol where it is refused. */
  observe(device: Device, link: LinkLayer, slot: number, occupant: Occupant): Observation;
}

/** Throws an InstrumentError where the program cannot be observed; what else `hook` throws, it hands on. */
export function observeInstrument(
  hook: Pick<ObserveHook, 'observe'>,
  device: Device,
  slot: number,
  occupant: Occupant,
): Instrument {
  const link = requireLink(device);
  if (occupant.mode === 'offload') {
    throw refusal('unsupported', device, occupant, 'it runs on the network card');
  }
  const observation = open(() => hook.observe(device, link, slot, occupant), device, occupant);
  const { info } = observation;
  let isThere = true;
  let missed = 0;
  return {
    info,
    isUp: () => isThere,
    see: (xdp: XdpOccupants) => {
      isThere = programOf(xdp)?.id === info.id;
    },
    missed: () => {
      try {
        missed = Math.max(missed, observation.missed());
      } catch {
        // What was known last stands.
      }
      return missed;
    },
    close: () => observation.close(),
  };
}

function open(observe: () => Observation, device: Device, occupant: Occupant): Observation {
  try {
    return observe();
  } catch (error) {
    if (!(error instanceof ExporterError)) {
      throw error;
    }
    throw refusal(observeReason(error), device, occupant, errorMessage(error), error);
  }
}

function refusal(
  reason: DownReason,
  { name }: Device,
  occupant: Occupant,
  detail: string,
  error?: Error,
): InstrumentError {
  return new InstrumentError(
    reason,
    `observe program "${occupant.name}" (id ${occupant.id}) on "${name}": ${explainReason(reason, detail)}`,
    error === undefined ? {} : { cause: error },
  );
}

/** Why a program cannot be observed, by what was thrown. */
export function observeReason(error: unknown): DownReason {
  if (error instanceof NoBtfError) {
    return 'no_btf';
  }
  return error instanceof VerifierError ? 'unsupported' : reasonOf(error, OBSERVE_REASONS);
}
