// SPDX-License-Identifier: Apache-2.0
// Another's program on a device, whose verdicts are counted as it returns them, and which is never touched.
import { ExporterError, errorMessage, NoBtfError, SystemError, VerifierError } from '../errors.ts';
import { type Device, programOf, type XdpOccupants } from '../kernel/device.ts';
import type { LinkLayer } from '../kernel/link-type.ts';
import type { DownReason, ProgramInfo } from '../snapshot/device.ts';
import { type Occupant, requireLink } from './attached.ts';
import { type Instrument, InstrumentError } from './instrument.ts';

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
  // The bond hands it to its ports' drivers, where each frame comes in on a port and none on the bond.
  if (device.kind === 'bond' && occupant.mode === 'native') {
    throw refusal(
      'unsupported',
      device,
      occupant,
      "it runs in the drivers of the bond's ports, where no frame is the bond's; observe a program that is on the ports themselves",
    );
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
    const { reason, remedy } = explain(error);
    throw refusal(reason, device, occupant, `${errorMessage(error)}; ${remedy}`, error);
  }
}

function refusal(
  reason: DownReason,
  { name }: Device,
  occupant: Occupant,
  cause: string,
  error?: Error,
): InstrumentError {
  return new InstrumentError(
    reason,
    `observe program "${occupant.name}" (id ${occupant.id}) on "${name}": ${cause}`,
    error === undefined ? {} : { cause: error },
  );
}

interface Explanation {
  readonly reason: DownReason;
  readonly remedy: string;
}

const TOO_OLD: Explanation = {
  reason: 'unsupported',
  remedy: 'observing takes Linux 5.17 or newer with BTF of its own and the BPF trampoline',
};

const BY_CODE: Readonly<Record<string, Explanation>> = {
  EPERM: {
    reason: 'permission',
    remedy:
      "to open another's program takes CAP_SYS_ADMIN, and a kernel in lockdown may refuse to observe; or use --mode attach",
  },
  ENOENT: { reason: 'no_program', remedy: 'it has just left the device' },
  EINVAL: TOO_OLD,
  EOPNOTSUPP: TOO_OLD,
  ENOTSUPP: TOO_OLD,
  ESRCH: TOO_OLD,
};

function explain(error: ExporterError): Explanation {
  if (error instanceof NoBtfError) {
    return {
      reason: 'no_btf',
      remedy:
        'its owner builds it with BTF (clang -g) and loads it with a loader that hands BTF on',
    };
  }
  if (error instanceof VerifierError) {
    return TOO_OLD;
  }
  return BY_CODE[codeOf(error) ?? ''] ?? { reason: 'refused', remedy: 'the device is tried again' };
}

function codeOf(error: ExporterError): string | undefined {
  const cause = error instanceof SystemError ? error : error.cause;
  return cause instanceof SystemError ? cause.code : undefined;
}
