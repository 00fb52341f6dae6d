// SPDX-License-Identifier: Apache-2.0
// Network namespaces in memory: devices that come and go, and a thread that enters and leaves.
import picomatch from 'picomatch';
import type { NamespaceKernel } from '../../../src/engine/namespaces.ts';
import { ExporterError, SystemError } from '../../../src/errors.ts';
import type { Device } from '../../../src/kernel/device.ts';
import type { FoundNamespaces, NamespaceView } from '../../../src/kernel/namespace-view.ts';
import { NamespaceLostError } from '../../../src/kernel/net-namespace.ts';
import { deviceOf } from '../instruments/devices.ts';

let lastInode = 4_026_531_840;

export class FakeNamespace {
  readonly identity: string;
  /** Of its file. */
  readonly inode = lastInode++;
  present: Device[] = [];
  /** Indexes of the devices of default routes. */
  #routes: readonly number[] = [];
  /** How often somebody asked for them. */
  searches = 0;
  /** Thrown where they are asked for. */
  routeFailure: unknown;
  /** Sockets that listen in it: they keep it alive. */
  sockets = 0;
  /** Thrown where devices are listed, until it is taken back. */
  listFailure: unknown;
  /** Thrown by a socket that is asked whether something changed. */
  socketFailure: unknown;
  #notices = 0;
  #lastIndex = 0;

  constructor(identity: string) {
    this.identity = identity;
  }

  /** Devices that were not there before. */
  plug(...names: readonly string[]): void {
    this.add(...names.map((name) => deviceOf(name, ++this.#lastIndex)));
  }

  /** Devices as they are. */
  add(...devices: readonly Device[]): void {
    this.present.push(...devices);
    this.#notices++;
  }

  unplug(name: string): void {
    this.present = this.present.filter((device) => device.name !== name);
    this.#notices++;
  }

  rename(before: string, after: string): void {
    this.present = this.present.map((device) =>
      device.name === before ? { ...device, name: after } : device,
    );
    this.#notices++;
  }

  get routes(): readonly number[] {
    return this.#routes;
  }

  set routes(indexes: readonly number[]) {
    this.#routes = indexes;
    this.#notices++;
  }

  indexOf(name: string): number {
    return this.present.find((device) => device.name === name)?.ifindex ?? 0;
  }

  listen(): { changed(): boolean; close(): void } {
    let seen = this.#notices;
    this.sockets++;
    return {
      changed: () => {
        if (this.socketFailure !== undefined) {
          throw this.socketFailure;
        }
        const isNew = seen !== this.#notices;
        seen = this.#notices;
        return isNew;
      },
      close: () => {
        this.sockets--;
      },
    };
  }
}

export class FakeNamespaces implements NamespaceKernel {
  readonly home = new FakeNamespace('home');
  /** By name. */
  readonly named = new Map<string, FakeNamespace>();
  /** Where the thread is. */
  current = this.home;
  /** Names of namespaces that may not be entered. */
  readonly locked = new Set<string>();
  /** There is no way home. */
  isLost = false;
  /** Thrown where a socket is opened to listen. */
  listenFailure: unknown;
  /** Thrown where namespaces are looked up. */
  findFailure: unknown;
  /** Every time that the thread entered one, by its path. */
  readonly entered: string[] = [];
  #made = 0;

  /** A new one under the name, whatever had it before. */
  make(name: string): FakeNamespace {
    const namespace = new FakeNamespace(`4:${++this.#made}`);
    this.named.set(name, namespace);
    return namespace;
  }

  // Properties and not methods: a kernel hands them on.
  readonly findNamespaces = (patterns: readonly string[]): FoundNamespaces => {
    if (this.findFailure !== undefined) {
      throw this.findFailure;
    }
    const names = (pattern: string) =>
      picomatch.scan(pattern).isGlob
        ? [...this.named.keys()].filter((name) => picomatch.isMatch(name, pattern)).toSorted()
        : [pattern];
    return {
      namespaces: patterns.flatMap(names).map((name) => this.#view(name)),
      unmatched: patterns.filter((pattern) => names(pattern).length === 0),
    };
  };

  readonly within = <Result>(path: string, work: () => Result): Result => {
    const name = path.replace('/run/netns/', '');
    const namespace = this.named.get(name);
    if (this.current !== this.home) {
      throw new ExporterError(`enter network namespace "${path}": the thread is within another`);
    }
    if (namespace === undefined || this.locked.has(name)) {
      throw new SystemError(`enter network namespace "${path}"`, namespace ? 'EPERM' : 'ENOENT');
    }
    this.entered.push(name);
    this.current = namespace;
    try {
      return work();
    } finally {
      this.#returnHome(path);
    }
  };

  readonly openLinkEvents = () => {
    if (this.listenFailure !== undefined) {
      throw this.listenFailure;
    }
    return this.current.listen();
  };

  #view(label: string): NamespaceView {
    const path = `/run/netns/${label}`;
    const namespace = this.named.get(label);
    if (namespace !== undefined) {
      return { label, path, identity: namespace.identity, isOwn: namespace === this.home };
    }
    const reason = `find network namespace "${label}": there is none now`;
    return { label, path, identity: undefined, isOwn: false, reason };
  }

  #returnHome(path: string): void {
    if (this.isLost) {
      throw new NamespaceLostError(`return from network namespace "${path}": EPERM`);
    }
    this.current = this.home;
  }
}
