// SPDX-License-Identifier: Apache-2.0
// A network namespace of a test's own, made and filled by ip(8).
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

let serial = 0;

/** Waits for the end of a command; throws with what it said where it fails. */
export function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', timeout: 20_000, stdio: 'pipe' });
}

/** Whoever makes it deletes it. */
export class ThrowawayNetns {
  readonly name: string;
  readonly path: string;

  /** @param name unique among those of the machine */
  constructor(name = `xdp-netns-${process.pid}-${serial++}`) {
    this.name = name;
    this.path = `/run/netns/${name}`;
    this.make();
  }

  /** Again, after `delete`. */
  make(): void {
    run('ip', 'netns', 'add', this.name);
  }

  /** Runs ip(8) inside with the words of `command`. */
  ip(command: string): string {
    return run('ip', '-n', this.name, ...command.split(' '));
  }

  /** Runs many commands of ip(8) at once. */
  batch(commands: readonly string[]): void {
    execFileSync('ip', ['-n', this.name, '-batch', '-'], {
      input: commands.join('\n'),
      stdio: 'pipe',
      timeout: 60_000,
    });
  }

  /** Runs a script of bash inside, in which a device's name may be any bytes: $'et\\xffh'. */
  bash(script: string): string {
    return run('ip', 'netns', 'exec', this.name, 'bash', '-ec', script);
  }

  /** May be called again. */
  delete(): void {
    if (existsSync(this.path)) {
      run('ip', 'netns', 'del', this.name);
    }
  }
}
