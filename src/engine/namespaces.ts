// SPDX-License-Identifier: Apache-2.0
// The network namespaces that are watched: found anew at each look, entered for its length, and listened to for changes.
import { basename } from 'node:path';
import { errorMessage } from '../errors.ts';
import { isGlob } from '../kernel/globs.ts';
import type { LinkEvents } from '../kernel/link-events.ts';
import type { FoundNamespaces, NamespaceView } from '../kernel/namespace-view.ts';
import type { Log } from '../log.ts';
import { REASONS } from '../reasons.ts';

/** What it takes of the kernel. */
export interface NamespaceKernel {
  /** As `findNamespaces` of src/kernel/namespace-view.ts. */
  findNamespaces(patterns: readonly string[]): FoundNamespaces;
  /** As `withinNamespace` of src/kernel/net-namespace.ts. */
  within<Result>(path: string, work: () => Result): Result;
  /** Of the namespace that the calling thread is in. */
  openLinkEvents(): Pick<LinkEvents, 'changed' | 'close'>;
}

/** A namespace at one moment. */
export interface WatchedNamespace {
  /** The label of its devices; see `namespaceLabel`. */
  readonly netns?: string;
  /** For a message: " in network namespace "blue"", or nothing where just one can be meant. */
  readonly where: string;
  /** Of its file; undefined for the namespace of the process where no other is watched. */
  readonly path: string | undefined;
  /** Undefined where it is not there now. */
  readonly identity: string | undefined;
}

/** What a look for namespaces finds. */
interface Found {
  readonly namespaces: readonly WatchedNamespace[];
  /** What the patterns ask for and do not find. */
  readonly problems: readonly string[];
}

interface Listener {
  readonly events: ReturnType<NamespaceKernel['openLinkEvents']>;
  /** Something changed since the last look, or it was made in the course of that. */
  isChanged: boolean;
}

/** Where nobody asks for another one. */
const OWN: WatchedNamespace = { where: '', path: undefined, identity: 'own' };

export class WatchedNamespaces {
  readonly #kernel: NamespaceKernel;
  readonly #patterns: readonly string[];
  readonly #log: Log;
  /** By identity. A socket keeps its namespace alive, so each is closed as soon as no name leads there. */
  readonly #listeners = new Map<string, Listener>();

  /** @param patterns names, paths and globs; none: the namespace of this process alone */
  constructor(kernel: NamespaceKernel, patterns: readonly string[], log: Log) {
    this.#kernel = kernel;
    this.#patterns = patterns;
    this.#log = log;
  }

  /**
   * Those that are wanted now, each once and under a label of its own. Lets go of those that are not there any more.
   * Throws a NamespaceLostError, which is fatal.
   */
  find(): Found {
    if (this.#patterns.length === 0) {
      return { namespaces: [OWN], problems: [] };
    }
    const { namespaces, unmatched } = this.#kernel.findNamespaces(this.#patterns);
    this.#forgetAllBut(new Set(namespaces.map(({ identity }) => identity)));
    const reasons = namespaces.flatMap((view) =>
      view.identity === undefined ? [view.reason] : [],
    );
    return {
      namespaces: namespaces.map((view) => this.#watched(view)),
      problems: [
        ...reasons,
        ...unmatched.map(
          (pattern) => `no network namespace matches "${pattern}"; ${REASONS.no_namespace.remedy}`,
        ),
      ],
    };
  }

  /**
   * Does the work in a namespace that was found, and listens there from then on. Throws what `work` throws, what
   * `withinNamespace` throws where the namespace has gone since, and a NamespaceLostError, which is fatal.
   */
  enter<Result>({ path, identity = '' }: WatchedNamespace, work: () => Result): Result {
    const listenAndWork = () => {
      this.#listen(identity);
      return work();
    };
    return path === undefined ? listenAndWork() : this.#kernel.within(path, listenAndWork);
  }

  /** Something has changed since the last call: a device came, went or was renamed, or a default route did. */
  changed(): boolean {
    let isChanged = false;
    for (const [identity, listener] of this.#listeners) {
      try {
        if (listener.events.changed()) {
          listener.isChanged = true;
          isChanged = true;
        }
      } catch (error) {
        // The next look opens another; until then it finds changes by itself.
        this.#log.debug(`listen for changes of devices: ${errorMessage(error)}`);
        this.#forget(identity, listener);
      }
    }
    return isChanged;
  }

  /** Whether something may have changed in a namespace since `settle` was last called for it. */
  isStale({ identity = '' }: WatchedNamespace): boolean {
    return this.#listeners.get(identity)?.isChanged ?? true;
  }

  /** All that changed there until now has been taken in. */
  settle({ identity = '' }: WatchedNamespace): void {
    const listener = this.#listeners.get(identity);
    if (listener !== undefined) {
      listener.isChanged = false;
    }
  }

  close(): void {
    this.#forgetAllBut(new Set());
  }

  #watched(view: NamespaceView): WatchedNamespace {
    const { path, identity } = view;
    const netns = namespaceLabel(view, this.#patterns);
    return netns === undefined
      ? { where: '', path, identity }
      : { netns, where: ` in network namespace "${netns}"`, path, identity };
  }

  #forgetAllBut(identities: ReadonlySet<string | undefined>): void {
    for (const [identity, listener] of this.#listeners) {
      if (!identities.has(identity)) {
        this.#forget(identity, listener);
      }
    }
  }

  #forget(identity: string, { events }: Listener): void {
    events.close();
    this.#listeners.delete(identity);
  }

  /** Without it changes are noticed at the next look, some seconds later. */
  #listen(identity: string): void {
    if (this.#listeners.has(identity)) {
      return;
    }
    try {
      const events = this.#kernel.openLinkEvents();
      this.#listeners.set(identity, { events, isChanged: true });
    } catch (error) {
      this.#log.debug(`listen for changes of devices: ${errorMessage(error)}`);
    }
  }
}

/**
 * What label `netns` says of the devices of a namespace. None for the namespace of this process, and none where just
 * one is watched and its name is known beforehand: a label that is the same for every series tells nothing.
 */
export function namespaceLabel(
  { label, isOwn }: Pick<NamespaceView, 'label' | 'isOwn'>,
  patterns: readonly string[],
): string | undefined {
  const [pattern = ''] = patterns;
  const isOnlyOne = patterns.length === 1 && !isGlob(basename(pattern));
  return isOwn || isOnlyOne ? undefined : label;
}
