// SPDX-License-Identifier: Apache-2.0
// Runs ip(8), and says what to do where it refuses.
import { type ExecFileException, execFile } from 'node:child_process';
import { delimiter, isAbsolute } from 'node:path';
import { ExporterError, RequirementError } from '../errors.ts';

const TIMEOUT_MS = 10_000;

/** Arguments of ip(8), and what to give it on standard input; resolves to what it printed. */
export type RunIp = (args: readonly string[], input?: string) => Promise<string>;

/** Debian has ip in /usr/sbin, which is not on the path of every user. */
const FOLDERS = ['/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/** An empty or relative entry would find a program in the working directory, which anybody may have put there. */
function searchPath(path = ''): string {
  return [...path.split(delimiter).filter(isAbsolute), ...FOLDERS].join(delimiter);
}

/** Rejects with a RequirementError where iproute2 or a privilege is missing. A test may run another command. */
export function runIp(
  args: readonly string[],
  input = '',
  command = 'ip',
  timeoutMs = TIMEOUT_MS,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, PATH: searchPath(process.env['PATH']) };
    const options = { env, timeout: timeoutMs, killSignal: 'SIGKILL' } as const;
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) {
        resolve(stdout);
      } else {
        const reason = error.killed ? `no end within ${timeoutMs / 1000} s` : lastLine(stderr);
        reject(refusal(`run "${[command, ...args].join(' ')}"`, reason, error));
      }
    });
    // A command that ends without reading its input is judged by its exit code.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

function refusal(operation: string, reason: string, cause: ExecFileException): ExporterError {
  // EACCES: a folder of the path may not be read, and no other has it.
  if (cause.code === 'ENOENT' || cause.code === 'EACCES') {
    return new RequirementError(`${operation}: not found; install iproute2`, { cause });
  }
  if (/not permitted|permission denied/i.test(reason)) {
    return new RequirementError(`${operation}: ${reason}; run it as root`, { cause });
  }
  return new ExporterError(`${operation}: ${reason || `exit code ${cause.code}`}`, { cause });
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
