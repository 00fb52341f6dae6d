// SPDX-License-Identifier: Apache-2.0
// A real shell on a terminal of its own, with the completion loaded, and somebody who presses the tabulator.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const TIMEOUT_MS = 20_000;

/** No word that is completed has them. */
const LAST_KEYS = 'QQ';

/** How to start each without anybody's configuration, and what loads the script. */
const SHELLS = {
  bash: {
    command: 'bash --noprofile --norc -i',
    load: (script: string) => `bind 'set show-all-if-ambiguous on'; source ${script}`,
  },
  zsh: {
    command: 'zsh -f -i',
    load: (script: string) => `autoload -U compinit; compinit -u -D; source ${script}`,
  },
} as const;

export class InteractiveShell {
  readonly #child: ChildProcess;
  readonly #folder: string;
  #output = '';
  #serial = 0;

  private constructor(shell: keyof typeof SHELLS, folder: string) {
    this.#folder = folder;
    this.#child = spawn('script', ['-qfec', SHELLS[shell].command, '/dev/null'], {
      cwd: folder,
      env: { PATH: process.env['PATH'], TERM: 'dumb', HOME: folder, PS1: '$ ', HISTFILE: '' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout?.on('data', (chunk) => {
      this.#output += chunk;
    });
  }

  /** @param script what `xdp-exporter completion` prints */
  static async start(shell: keyof typeof SHELLS, script: string): Promise<InteractiveShell> {
    const folder = mkdtempSync(join(tmpdir(), 'xdp-completion-'));
    const path = join(folder, 'completion');
    writeFileSync(path, script);
    const started = new InteractiveShell(shell, folder);
    await started.#type(`${SHELLS[shell].load(path)}\n`);
    await started.#answers();
    return started;
  }

  /** What is on the line after the tabulator, and all that was shown for it. */
  async complete(line: string): Promise<string> {
    const before = this.#output.length;
    // Keys are taken one after the other: when the last one shows, the tabulator has done its work.
    await this.#type(`${line}\t${LAST_KEYS}`);
    const shown = () => this.#output.slice(before);
    await this.#until(() => shown().includes(LAST_KEYS), LAST_KEYS);
    const completed = shown().replace(LAST_KEYS, '');
    // Ctrl-U: nothing of it is run.
    await this.#type('\u0015');
    await this.#answers();
    return completed;
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    await once(this.#child, 'close');
    rmSync(this.#folder, { recursive: true });
  }

  async #type(keys: string): Promise<void> {
    this.#child.stdin?.write(keys);
  }

  /** Until it has run what was typed. */
  async #answers(): Promise<void> {
    const mark = `ready${this.#serial++}`;
    // The echo of what is typed does not hold the mark in one piece.
    await this.#type(`echo "re""ady${mark.slice(5)}"\n`);
    await this.#until(() => this.#output.includes(mark), mark);
  }

  async #until(holds: () => boolean, what: string): Promise<void> {
    const deadline = performance.now() + TIMEOUT_MS;
    while (!holds()) {
      if (performance.now() > deadline) {
        throw new Error(`wait for ${what}: ${this.#output}`);
      }
      await delay(20);
    }
  }
}
