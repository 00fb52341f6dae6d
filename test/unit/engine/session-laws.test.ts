// SPDX-License-Identifier: Apache-2.0
// Whatever befalls devices, routes and namespaces: every packet that a program saw is in exactly one total, and no
// total goes back.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Session } from '../../../src/engine/session.ts';
import { deviceKey } from '../../../src/snapshot/device.ts';
import { FakeLog } from '../fake-log.ts';
import { LOGGER, optionsOf } from './engine-options.ts';
import { FakeKernel } from './fake-kernel.ts';
import { PASS } from './fake-machine.ts';
import type { FakeNamespace } from './fake-namespaces.ts';

const NAMES = ['eth0', 'eth1', 'eth2'];
const NAMESPACES = ['own', 'pod-1', 'pod-2'];
const CPUS = [0, 1, 2, 3];

const STEP = fc.record({
  kind: fc.constantFrom(
    'receive',
    'receive',
    'receive',
    'plug',
    'unplug',
    'rename',
    'detach',
    'route',
    'remake',
    'delete',
    'rescan',
    'rescan',
    'turn',
    'scrape',
    'offline',
  ),
  netns: fc.nat(NAMESPACES.length - 1),
  device: fc.nat(NAMES.length - 1),
  cpu: fc.nat(CPUS.length - 1),
});
type Step = typeof STEP extends fc.Arbitrary<infer Value> ? Value : never;

class History {
  readonly kernel = new FakeKernel(CPUS);
  readonly session: Session;
  /** Packets that programs counted, by the name that the device had then. */
  readonly expected = new Map<string, number>();
  readonly #kept = new Map<string, number>();

  constructor() {
    this.kernel.namespaces.named.set('own', this.kernel.home);
    this.kernel.home.plug(...NAMES);
    this.kernel.namespaces.make('pod-1').plug(...NAMES);
    // As many slots as there are names: nobody has to go.
    const options = optionsOf(
      { include: ['eth[01]'], defaultRoute: true },
      { netns: ['own', 'pod-*'], logger: LOGGER, slots: 9 },
    );
    this.session = new Session(this.kernel, options, new FakeLog().log);
  }

  apply({ kind, netns, device, cpu }: Step): void {
    const label = NAMESPACES[netns] as string;
    const name = NAMES[device] as string;
    const place = this.kernel.namespaces.named.get(label);
    const actions: Record<string, (place: FakeNamespace) => void> = {
      receive: (namespace) => this.#receive(label, namespace, name, cpu),
      plug: (namespace) => namespace.indexOf(name) === 0 && namespace.plug(name),
      unplug: (namespace) => namespace.unplug(name),
      rename: (namespace) => {
        const other = NAMES[(device + 1) % NAMES.length] as string;
        if (namespace.indexOf(other) === 0) {
          namespace.rename(name, other);
        }
      },
      detach: (namespace) => {
        const attachment = this.kernel.attachmentOf(name, namespace);
        if (attachment !== undefined) {
          attachment.isHeld = false;
        }
      },
      route: (namespace) => {
        namespace.routes = [namespace.indexOf(name)];
      },
      delete: (namespace) => {
        namespace.present = [];
        this.kernel.namespaces.named.delete(label);
      },
    };
    if (place !== undefined && !(label === 'own' && kind === 'delete')) {
      actions[kind]?.(place);
    }
    if (kind === 'remake' && label !== 'own') {
      this.kernel.namespaces.make(label).plug(...NAMES);
    }
    if (kind === 'offline') {
      this.kernel.online = CPUS.filter((each) => each !== cpu);
    }
    this.#call(kind);
  }

  #call(kind: Step['kind']): void {
    if (kind === 'rescan') {
      this.session.rescan();
    } else if (kind === 'turn') {
      this.session.turn();
    } else if (kind === 'scrape') {
      this.check();
    }
  }

  /** A program counts under the name that its device had when it was last looked at. */
  #receive(label: string, namespace: FakeNamespace, name: string, cpu: number): void {
    const slot = this.kernel.attachmentOf(name, namespace)?.slot;
    const owner = this.session.snapshot().devices[slot ?? -1];
    if (
      slot !== undefined &&
      owner !== undefined &&
      this.kernel.receive(name, { cpu, namespace })
    ) {
      const key = deviceKey(owner);
      assert.equal(owner.netns ?? 'own', label);
      this.expected.set(key, (this.expected.get(key) ?? 0) + 1);
    }
  }

  check(): void {
    const { devices, parts } = this.session.snapshot();
    for (const [index, device] of devices.entries()) {
      const key = deviceKey(device);
      const packets = parts.traffic?.[index]?.packets[PASS] ?? 0;
      assert.equal(packets, this.expected.get(key) ?? 0, key);
      assert.ok(packets >= (this.#kept.get(key) ?? 0), `${key} went back`);
      this.#kept.set(key, packets);
      const outcome = parts.logger?.devices[index];
      const { decoded = 0, sampledOut = 0, ringFull = 0, noRing = 0, pending = 0 } = outcome ?? {};
      assert.equal(pending, 0, key);
      assert.equal(decoded + sampledOut + ringFull + noRing, packets, key);
      const { series = [], other } = parts.sources?.[index] ?? {};
      const ofSources = series.reduce((sum, { packets: some }) => sum + some, other?.packets ?? 0);
      assert.equal(ofSources, decoded, key);
    }
    for (const key of this.#kept.keys()) {
      assert.ok(
        devices.some((device) => deviceKey(device) === key),
        `${key} is missing`,
      );
    }
    assert.equal(this.kernel.namespaces.current, this.kernel.home);
  }
}

describe('the law of totals', () => {
  it('holds through every history of devices, routes, namespaces and CPUs', () => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 60 }), (steps) => {
        const history = new History();
        history.session.rescan();
        for (const step of steps) {
          history.apply(step);
        }
        history.check();
        history.session.finish();
        history.check();
      }),
      { numRuns: 500 },
    );
  });
});
