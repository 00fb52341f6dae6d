// SPDX-License-Identifier: Apache-2.0
// What an exporter holds of the kernel and of the machine, and whether it is gone when the exporter is.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '../../e2e/support/namespace.ts';
import { isAlive, wireOf } from '../../e2e/support/wire-pid.ts';

const KINDS = ['prog', 'map', 'link'] as const;

/** How often a process that starts is looked at: what it opens and closes in between is its own affair. */
const LOOK_MS = 10;

/** Of everything of a kind. bpftool fails where one that belongs to somebody else goes while it lists them. */
async function idsOf(kind: (typeof KINDS)[number]): Promise<ReadonlySet<number>> {
  const show = () => run('bpftool', '--json', kind, 'show');
  const shown = await show().catch(show).catch(show);
  return new Set((JSON.parse(shown) as { id: number }[]).map(({ id }) => id));
}

/** Ids of everything that a process was seen to hold while it lived. Other exporters may run on the machine. */
export class Holdings {
  readonly #pid: number;
  readonly #ids = { prog: new Set<number>(), map: new Set<number>(), link: new Set<number>() };
  readonly #wires = new Set<number>();
  #watching = true;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /** One look. */
  look(): void {
    try {
      const wire = wireOf(this.#pid);
      if (wire !== undefined) {
        this.#wires.add(wire);
      }
      for (const fd of readdirSync(`/proc/${this.#pid}/fdinfo`)) {
        this.#note(readFileSync(`/proc/${this.#pid}/fdinfo/${fd}`, 'utf8'));
      }
    } catch {
      // It has ended, or has closed that descriptor.
    }
  }

  /** Looks again and again until `stop`. */
  async watch(): Promise<void> {
    while (this.#watching) {
      this.look();
      await delay(LOOK_MS);
    }
  }

  stop(): void {
    this.#watching = false;
  }

  /** How many things were seen. */
  get size(): number {
    return KINDS.reduce((sum, kind) => sum + this.#ids[kind].size, 0);
  }

  /** What of it is still there, such as "prog 17" or "process 4711". */
  async left(): Promise<readonly string[]> {
    const left = [...this.#wires].filter(isAlive).map((pid) => `process ${pid}`);
    for (const kind of KINDS) {
      const there = await idsOf(kind);
      left.push(...[...this.#ids[kind]].filter((id) => there.has(id)).map((id) => `${kind} ${id}`));
    }
    return left;
  }

  #note(info: string): void {
    for (const kind of KINDS) {
      const id = new RegExp(`^${kind}_id:\\s+(\\d+)$`, 'm').exec(info)?.[1];
      if (id !== undefined) {
        this.#ids[kind].add(Number(id));
      }
    }
  }
}
