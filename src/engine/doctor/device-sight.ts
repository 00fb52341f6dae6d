// SPDX-License-Identifier: Apache-2.0
// What can be seen of a device without touching it.
import { errorMessage } from '../../errors.ts';
import { observeRefusal } from '../../instruments/observed.ts';
import { type Device, programOf } from '../../kernel/device.ts';
import { type Queues, readDriver, readQueues } from '../../kernel/ethtool.ts';
import { openProgramOrPin } from '../../kernel/pins.ts';
import { readEntryFunction, readProgramInfo, withProgram } from '../../kernel/program-info.ts';
import { readXdpFeatures, type XdpFeatures } from '../../kernel/xdp-features.ts';
import type { ReasonCode } from '../../reasons.ts';
import type { ProgramMode } from '../../snapshot/device.ts';
import { PROGRAM_NAME } from '../kernel.ts';

/** exporter: the program of an xdp-exporter; dispatcher: libxdp's, which calls others; foreign: anybody else's. */
type OccupantRole = 'exporter' | 'dispatcher' | 'foreign';

/** The program on a device. */
export interface SeenOccupant {
  /** From its BTF in full, else as the kernel cuts it; absent where this process may not ask. */
  readonly name?: string;
  readonly id: number;
  readonly mode: ProgramMode;
  /** Absent like the name. */
  readonly role?: OccupantRole;
  /** Why it cannot be observed, whatever the kernel can do. */
  readonly trouble?: ReasonCode;
  readonly said?: string;
}

export interface DeviceSight {
  readonly netns?: string;
  readonly device: Device;
  readonly driver?: string;
  /** Absent where the kernel cannot tell (before 6.3). */
  readonly features?: XdpFeatures;
  readonly queues?: Queues;
  readonly occupant?: SeenOccupant;
}

/**
 * Of a device of the calling thread's network namespace.
 * @param pins see `ObserversOptions` in src/kernel/observers.ts
 */
export function seeDevice(
  device: Device,
  netns: string | undefined,
  pins: readonly string[],
): DeviceSight {
  const driver = readDriver(device);
  const features = readXdpFeatures(device.ifindex);
  const queues = readQueues(device);
  const program = programOf(device.xdp);
  return {
    ...(netns === undefined ? {} : { netns }),
    device,
    ...(driver === undefined ? {} : { driver }),
    ...(features === undefined ? {} : { features }),
    ...(queues === undefined ? {} : { queues }),
    ...(program === undefined ? {} : { occupant: seeOccupant(program, pins) }),
  };
}

function seeOccupant(
  { id, mode }: Pick<SeenOccupant, 'id' | 'mode'>,
  pins: readonly string[],
): SeenOccupant {
  try {
    return withProgram(openProgramOrPin(id, pins), (fd) => {
      const { name } = readProgramInfo(fd);
      const seen = { id, mode, role: roleOf(name) };
      try {
        return { ...seen, name: readEntryFunction(fd).name ?? name };
      } catch (error) {
        return { ...seen, name, ...troubleOf(error) };
      }
    });
  } catch (error) {
    return { id, mode, ...troubleOf(error) };
  }
}

/** By the kernel's name of it, which anybody may choose: no more than a hint. */
function roleOf(name: string): OccupantRole {
  if (name === PROGRAM_NAME) {
    return 'exporter';
  }
  return name === 'xdp_dispatcher' ? 'dispatcher' : 'foreign';
}

function troubleOf(error: unknown): Pick<SeenOccupant, 'trouble' | 'said'> {
  const { code } = observeRefusal(error);
  return { trouble: code, said: errorMessage(error) };
}
