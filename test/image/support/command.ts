// SPDX-License-Identifier: Apache-2.0
// Runs a command to its end, however long it talks.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly timeoutMs?: number;
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const TIMEOUT_MS = 60_000;

/** Resolves also where the command fails. A command that hangs is killed, and its code is null. */
export async function finish(
  command: string,
  args: readonly string[],
  { env = {}, cwd, timeoutMs = TIMEOUT_MS }: CommandOptions = {},
): Promise<Finished> {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const [code] = await once(child, 'close').finally(() => clearTimeout(timer));
  return { code, stdout, stderr };
}

/** What the command printed; rejects with the end of its complaint where it fails. */
export async function succeed(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await finish(command, args, options);
  if (code !== 0) {
    const said = `${stdout.slice(-4000)}\n${stderr.slice(-4000)}`;
    throw new Error(`run "${command} ${args.join(' ')}": code ${code}\n${said}`);
  }
  return stdout;
}
