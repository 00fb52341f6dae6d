// SPDX-License-Identifier: Apache-2.0
// Runs a command and fails where it leaves something behind: node dist/scripts/leaks.js COMMAND [ARGUMENT]...
// Processes, with their descriptors and sockets; network namespaces; BPF programs, maps and links that nobody holds.
import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { argv, stderr } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const MARK = 'XDP_LEAK_MARK';
/** The kernel frees what was closed a little later, and a process that was told to end may still be about it. */
const PATIENCE_MS = 1000 * Number(process.env['XDP_LEAK_SECONDS'] ?? 10);
const LOOK_MS = 500;
const NAMESPACES = '/run/netns';
const KINDS = ['prog', 'map', 'link'] as const;

type Kind = (typeof KINDS)[number];

interface BpfObject {
  readonly id: number;
  readonly name?: string;
  readonly type?: string;
  readonly prog_id?: number;
  readonly map_ids?: readonly number[];
}

/** Files of /proc end with their process. */
function attempt<Value>(read: () => Value, otherwise: Value): Value {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

function pids(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

function namespaces(): string[] {
  return existsSync(NAMESPACES) ? readdirSync(NAMESPACES) : [];
}

/** Empty where the kernel does not say, as to anybody but root. */
function objects(kind: Kind): BpfObject[] {
  const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
  const list = () =>
    execFileSync('bpftool', ['--json', kind, 'show'], { env, encoding: 'utf8', stdio: 'pipe' });
  const found: unknown = attempt(() => JSON.parse(list()), []);
  return Array.isArray(found) ? found : [];
}

/** As "prog 7", of everything that a process has a descriptor of. */
function heldByDescriptors(): Set<string> {
  const held = new Set<string>();
  for (const pid of pids()) {
    for (const descriptor of attempt(() => readdirSync(`/proc/${pid}/fdinfo`), [])) {
      const info = attempt(() => readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8'), '');
      for (const [, kind, id] of info.matchAll(/^(prog|map|link)_id:\s*(\d+)$/gm)) {
        held.add(`${kind} ${id}`);
      }
    }
  }
  return held;
}

/** Of a namespace whose maker runs, somebody else's as a rule: as "prog 7", what is attached to its devices. */
function attachedIn(namespace: string): string[] {
  const list = () =>
    execFileSync('ip', ['-n', namespace, '-json', '-details', 'link', 'show'], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
  return [...attempt(list, '').matchAll(/"prog":\{"id":(\d+)/g)].map(([, id]) => `prog ${id}`);
}

/** Those that no process holds, by itself or by what it holds: what is attached for good, or pinned. */
function unheldObjects(): string[] {
  const [programs = [], maps = [], links = []] = KINDS.map(objects);
  const others = namespaces().filter((namespace) => !isLeft(namespace));
  const held = new Set([...heldByDescriptors(), ...others.flatMap(attachedIn)]);
  for (const { id, prog_id } of links) {
    if (held.has(`link ${id}`)) {
      held.add(`prog ${prog_id}`);
    }
  }
  for (const { id, map_ids = [] } of programs) {
    for (const map of held.has(`prog ${id}`) ? map_ids : []) {
      held.add(`map ${map}`);
    }
  }
  const all = { prog: programs, map: maps, link: links };
  return KINDS.flatMap((kind) =>
    all[kind]
      .filter(({ id }) => !held.has(`${kind} ${id}`))
      .map(({ id, name, type }) => `${kind} ${id} "${name ?? type ?? ''}"`),
  );
}

/** Those of the command, which all have its environment. */
function processes(mark: string): string[] {
  return pids().flatMap((pid) => {
    const environment = attempt(() => readFileSync(`/proc/${pid}/environ`, 'latin1'), '');
    return environment.includes(`${MARK}=${mark}`) ? [describeProcess(pid)] : [];
  });
}

function describeProcess(pid: number): string {
  const command = attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'), '');
  const folder = `/proc/${pid}/fd`;
  const descriptors = attempt(() => readdirSync(folder), []).map((descriptor) =>
    attempt(() => readlinkSync(`${folder}/${descriptor}`), ''),
  );
  const sockets = descriptors.filter((target) => target.startsWith('socket:')).length;
  const words = command.replaceAll('\0', ' ').trim();
  return `process ${pid} "${words}" with ${descriptors.length} descriptors, ${sockets} of them sockets`;
}

/** Tests name them by their process: those of one that runs are of somebody else. */
function isLeft(namespace: string): boolean {
  const [, pid] = /-(\d+)(?:-|$)/.exec(namespace) ?? [];
  return pid === undefined || !existsSync(`/proc/${pid}`);
}

/** @param before namespaces and objects that were there already */
function leaks(mark: string, before: ReadonlySet<string>): string[] {
  const left = namespaces()
    .filter(isLeft)
    .map((name) => `network namespace "${name}"`);
  return [...processes(mark), ...[...left, ...unheldObjects()].filter((each) => !before.has(each))];
}

async function main(): Promise<void> {
  const mark = randomUUID();
  const before = new Set([
    ...namespaces().map((name) => `network namespace "${name}"`),
    ...unheldObjects(),
  ]);
  const [command = 'true', ...words] = argv.slice(2);
  const env = { ...process.env, [MARK]: mark };
  const { status, error } = spawnSync(command, words, { stdio: 'inherit', env });
  if (error !== undefined) {
    throw error;
  }
  process.exitCode = status ?? 1;
  const endMs = performance.now() + PATIENCE_MS;
  let found = leaks(mark, before);
  while (found.length > 0 && performance.now() < endMs) {
    await sleep(LOOK_MS);
    const now = leaks(mark, before);
    // What comes and goes meanwhile is of others.
    found = now.filter((each) => each.startsWith('process ') || found.includes(each));
  }
  for (const leak of found) {
    stderr.write(`left behind: ${leak}\n`);
    process.exitCode = 1;
  }
}

await main();
