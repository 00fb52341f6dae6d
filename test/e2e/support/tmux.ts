// SPDX-License-Identifier: Apache-2.0
// A program in a real terminal, that of tmux(1): what it shows, keys that are typed, and another size.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from './namespace.ts';

const execFileAsync = promisify(execFile);

export interface TmuxOptions {
  readonly columns: number;
  readonly rows: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A server of its own, without anybody's configuration. */
export class Tmux {
  readonly #folder = mkdtempSync(join(tmpdir(), 'xdp-tmux-'));

  /** Starts a shell, so that what a program leaves behind can be seen, and in it the program. */
  static async start(
    command: readonly string[],
    { columns, rows, env = {} }: TmuxOptions,
  ): Promise<Tmux> {
    const tmux = new Tmux();
    const variables = Object.entries({ ...env, PS1: '$ ' }).flatMap(([name, value]) => [
      '-e',
      `${name}=${value}`,
    ]);
    const shell = ['sh', '-c', `${command.map(quote).join(' ')}; echo "ended $?"; exec cat`];
    await tmux.#run(
      'new-session',
      '-d',
      '-x',
      String(columns),
      '-y',
      String(rows),
      ...variables,
      ...shell,
    );
    return tmux;
  }

  /** The lines of the screen, without spaces at their ends. */
  async screen(): Promise<string> {
    return (await this.#run('capture-pane', '-p')).trimEnd();
  }

  /** With escape codes. */
  async coloured(): Promise<string> {
    return this.#run('capture-pane', '-p', '-e');
  }

  /** The screen once it matches. */
  async waitFor(pattern: RegExp, seconds = 10): Promise<string> {
    let screen = '';
    const matches = async () => {
      screen = await this.screen();
      return pattern.test(screen);
    };
    await until(`the screen shows ${pattern}`, matches, seconds).catch((cause) => {
      throw new Error(`${cause.message}; it shows:\n${screen}`, { cause });
    });
    return screen;
  }

  /** By their names in tmux(1). */
  async type(...keys: readonly string[]): Promise<void> {
    await this.#run('send-keys', ...keys);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#run('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** Of the terminal: whether it echoes, shows its cursor and has its own screen again. */
  async isRestored(): Promise<boolean> {
    const flags = await this.#run(
      'display-message',
      '-p',
      '#{alternate_on} #{cursor_flag} #{pane_tty}',
    );
    const [alternate, cursor, tty = ''] = flags.trim().split(' ');
    const { stdout } = await execFileAsync('stty', ['-F', tty, '-a']);
    return alternate === '0' && cursor === '1' && / echo /.test(stdout) && / icanon /.test(stdout);
  }

  /** Of the program that was started. */
  async pid(): Promise<number> {
    const shell = (await this.#run('display-message', '-p', '#{pane_pid}')).trim();
    const { stdout } = await execFileAsync('ps', ['--ppid', shell, '-o', 'pid=']);
    return Number(stdout);
  }

  async close(): Promise<void> {
    await this.#run('kill-server').catch(() => {});
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #run(...args: readonly string[]): Promise<string> {
    const { stdout } = await execFileAsync(
      'tmux',
      ['-S', join(this.#folder, 'socket'), '-f', '/dev/null', '-u', ...args],
      { timeout: 10_000 },
    );
    return stdout;
  }
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
