// SPDX-License-Identifier: Apache-2.0
// What goes on around an exporter in a soak: a collector that flaps, viewers and devices that come and go, floods.
import { setTimeout as delay } from 'node:timers/promises';
import { startGenerator } from '../../../src/demo/generator-process.ts';
import type { Lab } from '../../../src/demo/lab.ts';
import { run } from '../../e2e/support/namespace.ts';
import {
  accept,
  answer,
  hang,
  type ScriptedCollector,
} from '../../e2e/support/scripted-collector.ts';

/** Each goes on until the signal, and gives how often it did what it does. */
export type Disturbance = (signal: AbortSignal) => Promise<number>;

async function every(ms: number, signal: AbortSignal, act: (round: number) => Promise<void>) {
  let round = 0;
  while (!signal.aborted) {
    await act(round++);
    await delay(ms, undefined, { signal }).catch(() => {});
  }
  return round;
}

/** Accepts, refuses, never answers, is not there. */
export function flapping(collector: ScriptedCollector): Disturbance {
  const phases = [
    async () => {
      collector.behaviour = accept;
    },
    async () => {
      collector.behaviour = answer(503);
    },
    async () => {
      collector.behaviour = hang;
    },
    async () => {
      await collector.close();
    },
    async () => {
      await collector.listen();
    },
  ];
  return (signal) =>
    every(4000, signal, (round) => phases[round % phases.length]?.() as Promise<void>);
}

/** Reads the live page's stream for a while, and leaves without a word. */
export function viewers(url: string): Disturbance {
  return (signal) =>
    every(1000, signal, async () => {
      const leave = new AbortController();
      const timer = setTimeout(() => leave.abort(), 2500);
      const look = async () => {
        const response = await fetch(new URL('/live/events', url), { signal: leave.signal });
        for await (const _ of response.body ?? []) {
          // It is read, and that is all.
        }
      };
      await look().catch(() => {});
      clearTimeout(timer);
    });
}

/** In the namespace of the lab's receiver: each is new to the kernel, under the same names. */
export function guests({ rx }: Lab): Disturbance {
  const ip = (...args: string[]) => run('ip', '-n', rx.netns, 'link', ...args);
  return (signal) =>
    every(3000, signal, async (round) => {
      const name = `soak${round % 4}`;
      await ip('add', name, 'type', 'veth', 'peer', 'name', `peer${round % 4}`);
      await ip('set', name, 'up');
      await delay(1500);
      await ip('del', name);
    });
}

/** Bursts of frames from as many sources as there are frames. @param sent told the number of each burst's frames */
export function floods({ tx }: Lab, frames: number, sent: (frames: number) => void): Disturbance {
  const sources = { kind: 'uniform', count: 1 << 20, prefix: '10.0.0.0/8' } as const;
  return (signal) =>
    every(8000, signal, async (round) => {
      const mix = [{ family: 4, protocol: 'tcp', sources }] as const;
      const flood = startGenerator({ ...tx, frames, rate: frames, seed: round, mix });
      sent((await flood.done).sent);
    });
}
