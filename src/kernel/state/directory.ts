// SPDX-License-Identifier: Apache-2.0
// The directory of --state.pin on a BPF file system: checked, made where it is missing, and locked while it is used.
import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  type Stats,
  statfsSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { ConfigError, ExporterError, errorMessage } from '../../errors.ts';
import { errnoName } from '../../ffi/errno.ts';
import { libc } from '../../ffi/libc.ts';

/** BPF_FS_MAGIC in linux/magic.h. */
const BPF_FS_MAGIC = 0xcafe4a11;

/** LOCK_EX | LOCK_NB in sys/file.h. */
const LOCK_AT_ONCE = 2 | 4;

const GROUP_OR_OTHERS_WRITE = 0o022;

/** What every state's name begins with. Whatever else is in the directory is of somebody else. */
const PREFIX = 'xdp-exporter-';
/** Names that no state fits: one that is being made, and one that is being removed. */
const UNFINISHED = `${PREFIX}unfinished`;
export const REMOVED = `${PREFIX}removed`;

/** The process that made or removed it has ended meanwhile. */
export function isUnfinished(state: string): boolean {
  return [UNFINISHED, REMOVED].includes(state);
}

/**
 * Before anything is attached. Throws a ConfigError where pins cannot live there, or where others than root could put
 * something in their place.
 */
export function checkStateDirectory(path: string): void {
  const stats = lookAt(path);
  requireBpfFileSystem(path, stats === undefined ? dirname(path) : path);
  if (stats === undefined) {
    return;
  }
  if (!stats.isDirectory()) {
    refuse(path, 'it is no directory; remove it, or name another');
  }
  if (stats.uid !== 0) {
    refuse(path, `it belongs to uid ${stats.uid}; name a directory that root owns`);
  }
  if ((stats.mode & GROUP_OR_OTHERS_WRITE) !== 0) {
    const mode = (stats.mode & 0o7777).toString(8);
    refuse(
      path,
      `others than root may write to it (mode ${mode}); name a directory in it, such as "${join(path, 'xdp-exporter')}", which is made where it is missing`,
    );
  }
}

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (cause) {
    const { code = errorMessage(cause) } = cause as NodeJS.ErrnoException;
    return code === 'ENOENT' ? undefined : refuse(path, code, cause);
  }
}

/** @param existing the directory itself, or the one that it is to be made in */
function requireBpfFileSystem(path: string, existing: string): void {
  let type: number;
  try {
    ({ type } = statfsSync(existing));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? errorMessage(cause);
    refuse(path, `"${existing}": ${code}; name a directory of a BPF file system`, cause);
  }
  if (type !== BPF_FS_MAGIC) {
    refuse(
      path,
      `"${existing}" is on no BPF file system; mount one, with "mount -t bpf bpf /sys/fs/bpf", and name a directory in it, such as "/sys/fs/bpf/xdp-exporter"`,
    );
  }
}

function refuse(path: string, cause: string, error?: unknown): never {
  throw new ConfigError(`pin state in "${path}": ${cause}`, { cause: error });
}

/** Belongs to one process at a time. The lock goes with the process, however it ends. */
export class StateDirectory {
  readonly path: string;
  readonly #fd: number;

  /** Throws what `checkStateDirectory` throws, and an ExporterError where another process has it. */
  constructor(path: string) {
    checkStateDirectory(path);
    this.path = path;
    try {
      if (lookAt(path) === undefined) {
        mkdirSync(path, { mode: 0o700 });
      }
      this.#fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code ?? errorMessage(cause);
      throw new ExporterError(`pin state in "${path}": ${code}`, { cause });
    }
    const { value, errno } = libc().flock(this.#fd, LOCK_AT_ONCE);
    if (value < 0) {
      closeSync(this.#fd);
      const code = errnoName(errno);
      throw new ExporterError(
        `pin state in "${path}": ${code === 'EAGAIN' ? 'another xdp-exporter uses it; stop that one, or name another directory' : code}`,
      );
    }
  }

  /** Names of the states that are there, those first that are not whole. */
  states(): readonly string[] {
    const names = readdirSync(this.path).filter((name) => name.startsWith(PREFIX));
    return names.toSorted((a, b) => Number(isUnfinished(b)) - Number(isUnfinished(a)));
  }

  pathOf(state: string): string {
    return join(this.path, state);
  }

  /**
   * A directory that `fill` has filled is there under its name, or not at all.
   * @param state as `stateName` makes it
   */
  make(state: string, fill: (path: string) => void): void {
    const unfinished = this.pathOf(UNFINISHED);
    mkdirSync(unfinished, { mode: 0o700 });
    fill(unfinished);
    renameSync(unfinished, this.pathOf(state));
  }

  /** Unlocks it. */
  close(): void {
    closeSync(this.#fd);
  }
}

/** What maps and programs are made of: pins fit only another process that would make the same. */
export interface StateShape {
  /** Hex, of the BPF objects. */
  readonly digest: string;
  readonly cpus: number;
  readonly slots: number;
  /** Of each ring; 0 where nothing is recorded. */
  readonly ringRecords: number;
  readonly packetSizes: boolean;
}

/** Of what is in a state beside maps that programs use. */
const FORMAT = 1;

/** As a name that says what does not fit; a BPF file system takes no dots. */
export function stateName({ digest, cpus, slots, ringRecords, packetSizes }: StateShape): string {
  const logger = ringRecords === 0 ? 'nologger' : `ring${ringRecords}`;
  const sizes = packetSizes ? 'sizes' : 'nosizes';
  return `${PREFIX}${FORMAT}-${digest.slice(0, 16)}-cpus${cpus}-slots${slots}-${logger}-${sizes}`;
}
