// SPDX-License-Identifier: Apache-2.0
// Programs that an earlier process left on devices: which of them this one goes on with.
import type { Device } from '../kernel/device.ts';
import type { LinkState } from '../kernel/xdp-link.ts';
import type { Log } from '../log.ts';
import type { ChoiceOptions } from './choice.ts';
import { modeOf } from './modes.ts';
import type { Scene } from './scene.ts';
import { type DeviceName, fieldsOf, type Memory } from './watch-context.ts';

/** What was left, by slot. */
export interface Estate extends Memory {
  /** Records that earlier processes took, by slot. */
  readonly taken: Float64Array;
  /** Devices whose counters are in a slot, as of the start. */
  readonly devices: ReadonlyMap<number, DeviceName & { readonly startedAtMs: number }>;
  /** Slots whose program is neither adopted nor released. */
  readonly undecided: readonly number[];
  /** Throws a SystemError where it cannot be read. */
  program(slot: number): LinkState | undefined;
  /** Takes it off its device. */
  release(slot: number): void;
}

export class Inheritance {
  readonly #estate: Pick<Estate, 'devices' | 'undecided' | 'program' | 'release'>;
  readonly #options: ChoiceOptions;
  readonly #log: Log;

  constructor(
    estate: Pick<Estate, 'devices' | 'undecided' | 'program' | 'release'>,
    options: ChoiceOptions,
    log: Log,
  ) {
    this.#estate = estate;
    this.#options = options;
    this.#log = log;
  }

  /**
   * Releases every program that is on no device that is wanted, or that is not what would be put there now. To be called
   * before instruments are opened: a device that has another name by now is free then.
   * @param unseen labels of namespaces that could not be looked at, whose programs stay as they are
   */
  settle(scenes: readonly Scene[], unseen: ReadonlySet<string | undefined>): void {
    for (const slot of this.#estate.undecided) {
      const owner = this.#estate.devices.get(slot);
      if (owner !== undefined && unseen.has(owner.netns)) {
        continue;
      }
      const device = owner && findWanted(owner, scenes);
      const program = this.#estate.program(slot);
      if (program === undefined || !fitsDevice(program, device, this.#options)) {
        this.#estate.release(slot);
        this.#log.info('let go of a pinned program', owner && fieldsOf(owner));
      }
    }
  }
}

function findWanted({ netns, name }: DeviceName, scenes: readonly Scene[]): Device | undefined {
  const scene = scenes.find((each) => each.netns === netns);
  return scene?.wanted.includes(name) === true
    ? scene.present?.find((device) => device.name === name)
    : undefined;
}

/** The kernel gives an id to one program only, so that the device's own word for it tells in which namespace it is. */
export function fitsDevice(
  { programId, ifindex }: LinkState,
  device: Device | undefined,
  options: ChoiceOptions,
): boolean {
  if (device?.ifindex !== ifindex || modeOf(options, device) === 'observe') {
    return false;
  }
  const mode = (['native', 'generic'] as const).find((each) => device.xdp[each] === programId);
  return mode !== undefined && [mode, 'auto'].includes(options.xdpMode);
}
