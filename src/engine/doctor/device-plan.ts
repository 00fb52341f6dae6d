// SPDX-License-Identifier: Apache-2.0
// What `run` would do with a device, what that would cost, and what stands in its way.
import type { XdpMode } from '../../instruments/attached.ts';
import { type ModeOptions, modeOf } from '../../instruments/modes.ts';
import { runsInPorts } from '../../instruments/observed.ts';
import { linkLayerOf } from '../../kernel/link-type.ts';
import { REASONS, type ReasonCode, withoutRemedy } from '../../reasons.ts';
import type { ProgramMode, ProgramRole } from '../../snapshot/device.ts';
import { SINGLE_BUFFER_MTU } from '../kernel.ts';
import type { DeviceSight } from './device-sight.ts';
import type { Finding, State } from './finding.ts';

/** What it costs to count on a device, for the column of the table and in full. */
export const COSTS = {
  ebusy: 'while it is attached, other programs cannot attach: they get EBUSY',
  reset: 'attaching and detaching may make the driver reset its queues, which loses a few packets',
  after_gro: 'it counts after GRO, and costs more per packet than native mode',
  traced: 'each packet costs about 450 to 900 more instructions',
} as const;

type CostCode = keyof typeof COSTS;

interface Plan {
  /** counted: a program with the name of an exporter's is there already. Undefined: nothing, the device would be down. */
  readonly role?: ProgramRole | 'counted';
  readonly mode?: ProgramMode;
  readonly costs: readonly CostCode[];
  /** Why nothing, or why it is less than it could be. */
  readonly reason?: ReasonCode;
}

export interface PlanOptions extends ModeOptions {
  readonly xdpMode: XdpMode;
  /** Why `run` would not start. */
  readonly trouble?: ReasonCode;
  /** Why no program can be observed here. */
  readonly observeTrouble?: ReasonCode;
  /** The kernel takes frames of many buffers. */
  readonly hasFragments: boolean;
}

export interface DeviceFinding extends Finding {
  readonly check: 'device';
  readonly netns?: string;
  readonly name: string;
  /** Absent where there is no such device. */
  readonly sight?: DeviceSight;
  readonly plan: Plan;
}

/** A device that was asked for and is not there. @param found says so, with what may have been meant */
export function absentDevice(
  name: string,
  netns: string | undefined,
  found: string,
): DeviceFinding {
  const label = netns === undefined ? {} : { netns };
  return {
    check: 'device',
    ...label,
    name,
    state: 'missing',
    reason: 'absent',
    found: withoutRemedy(found, 'absent'),
    plan: nothing('absent'),
  };
}

/** @param isWanted the user asked for it: that it would be down is then what is missing */
export function judgeDevice(
  sight: DeviceSight,
  options: PlanOptions,
  isWanted: boolean,
): DeviceFinding {
  const plan = planDevice(sight, options);
  const state = stateOf(plan, isWanted);
  const { reason } = plan;
  return {
    check: 'device',
    ...(sight.netns === undefined ? {} : { netns: sight.netns }),
    name: sight.device.name,
    state,
    ...(reason === undefined ? {} : { reason }),
    found: describePlan(plan, sight),
    sight,
    plan,
  };
}

function planDevice(sight: DeviceSight, options: PlanOptions): Plan {
  if (options.trouble !== undefined) {
    return nothing(options.trouble);
  }
  const { linkType, kind } = sight.device;
  if (linkLayerOf(linkType, kind) === undefined) {
    return nothing('unsupported_link');
  }
  const wanted = modeOf(options, sight.device);
  if (sight.occupant === undefined) {
    return wanted === 'observe' ? nothing('no_program') : planAttach(sight, options);
  }
  // Doctor is asked about a device that is counted more often than about a second exporter for it.
  if (wanted !== 'observe' && sight.occupant.role === 'exporter') {
    return { role: 'counted', mode: sight.occupant.mode, costs: ['ebusy'] };
  }
  if (wanted === 'attach') {
    return nothing('occupied');
  }
  if (runsInPorts(sight.device, sight.occupant)) {
    return nothing('bond_ports');
  }
  const { mode, trouble = options.observeTrouble } = sight.occupant;
  const reason = mode === 'offload' ? 'unsupported' : trouble;
  return reason === undefined ? { role: 'observed', mode, costs: ['traced'] } : nothing(reason);
}

function nothing(reason: ReasonCode): Plan {
  return { costs: [], reason };
}

/** Where the kernel does not know what the driver can do, the driver is taken at its best. */
function planAttach(
  { device, features }: DeviceSight,
  { xdpMode, hasFragments }: PlanOptions,
): Plan {
  const lacksNative = features?.native === false;
  if (xdpMode === 'native' && lacksNative) {
    return nothing('no_native');
  }
  if (xdpMode === 'generic' || lacksNative) {
    const reason = xdpMode === 'generic' ? {} : { reason: 'generic_only' as const };
    return { role: 'attached', mode: 'generic', costs: ['ebusy', 'after_gro'], ...reason };
  }
  const isLarge = device.mtu > SINGLE_BUFFER_MTU;
  const fits = !isLarge || (hasFragments && features?.fragments !== false);
  return {
    role: 'attached',
    mode: 'native',
    // Devices of software have no queues to reset.
    costs: device.kind === undefined ? ['ebusy', 'reset'] : ['ebusy'],
    ...(fits ? {} : { reason: 'mtu' }),
  };
}

function stateOf({ role, reason }: Plan, isWanted: boolean): State {
  if (reason === undefined) {
    return 'ok';
  }
  return role === undefined && isWanted ? 'missing' : 'degraded';
}

function describePlan({ role, mode, reason }: Plan, { occupant }: DeviceSight): string {
  const doing = {
    attached: `run would attach its program in ${mode} mode`,
    observed: `run would observe program "${occupant?.name}"`,
    counted:
      'the program of an exporter, by its name, is on this device: one runs, or has left it with --state.pin',
    nothing: 'run would not count on this device',
  }[role ?? 'nothing'];
  const said = reason === occupant?.trouble ? occupant?.said : undefined;
  return reason === undefined
    ? doing
    : `${doing}: ${withoutRemedy(said ?? REASONS[reason].cause, reason)}`;
}
