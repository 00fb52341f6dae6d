// SPDX-License-Identifier: Apache-2.0
// Another's program on a device, whose verdicts are counted as it returns them, and which is never touched.
import { ExporterError, errorMessage, NoBtfError, SystemError, VerifierError } from '../errors.ts';
import { type Device, programOf, type XdpOccupants } from '../kernel/device.ts';
import type { LinkLayer } from '../kernel/link-type.ts';
import { explainReason, type ReasonCode } from '../reasons.ts';
import type { DownReason, ProgramInfo } from '../snapshot/device.ts';
import { type Occupant, requireLink } from './attached.ts';
import { type Instrument, InstrumentError } from './instrument.ts';
import { codeOf, OBSERVE_REASONS, reasonOf } from './refusal.ts';

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
    throw refusal(
      { reason: 'unsupported', code: 'unsupported' },
      device,
      occupant,
      'it runs on the network card',
    );
  }
  if (runsInPorts(device, occupant)) {
    throw refusal({ reason: 'unsupported', code: 'bond_ports' }, device, occupant);
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

/** A bond hands its native program to the drivers of its ports, where each frame comes in on a port and none on the bond. */
export function runsInPorts({ kind }: Device, { mode }: Pick<Occupant, 'mode'>): boolean {
  return kind === 'bond' && mode === 'native';
}

function open(observe: () => Observation, device: Device, occupant: Occupant): Observation {
  try {
    return observe();
  } catch (error) {
    if (!(error instanceof ExporterError)) {
      throw error;
    }
    throw refusal(observeRefusal(error), device, occupant, errorMessage(error), error);
  }
}

function refusal(
  { reason, code }: Refusal,
  { name }: Device,
  occupant: Occupant,
  detail?: string,
  error?: Error,
): InstrumentError {
  return new InstrumentError(
    reason,
    `observe program "${occupant.name}" (id ${occupant.id}) on "${name}": ${explainReason(code, detail)}`,
    error === undefined ? {} : { cause: error },
  );
}

/** Why a program cannot be observed: the label, and what explains it in more detail. */
interface Refusal {
  readonly reason: DownReason;
  readonly code: ReasonCode;
}

/** Lockdown refuses the helper that reads a packet's head, or a context whose type is unknown. */
const REFUSED_HELPER = /\bbpf_probe_read/;

/** By what was thrown. */
export function observeRefusal(error: unknown): Refusal {
  if (error instanceof NoBtfError) {
    return { reason: 'no_btf', code: 'no_btf' };
  }
  if (error instanceof VerifierError) {
    return REFUSED_HELPER.test(error.message)
      ? { reason: 'permission', code: 'lockdown' }
      : { reason: 'unsupported', code: 'unsupported' };
  }
  const reason = reasonOf(error, OBSERVE_REASONS);
  return { reason, code: moreOf(error) ?? reason };
}

/** Where the errno and what was asked tell more than the label. */
function moreOf(error: unknown): ReasonCode | undefined {
  const code = codeOf(error);
  if (code === 'EBUSY') {
    return 'replaced';
  }
  if (code !== 'EPERM') {
    return undefined;
  }
  // What comes after the program was opened takes no more rights: there it is the kernel's policy that refuses.
  const isOpening = error instanceof SystemError && error.operation.startsWith('open program');
  return isOpening ? 'unpinned' : 'policy';
}
