// SPDX-License-Identifier: Apache-2.0
// Reads the kernel's log of a refused program.

/** Lines that the verifier adds after its reason, whatever the reason was. */
const STATISTICS = /^(processed \d+ insns|verification time|stack depth|peak_states|mark_read)/;

export interface VerifierLog {
  /** The reason in one line. */
  readonly summary: string;
  readonly lines: readonly string[];
}

/** `log` is NUL-terminated text, or empty where the kernel refused before the verifier ran. */
export function parseVerifierLog(log: Buffer): VerifierLog | undefined {
  const end = log.indexOf(0);
  const text = log.toString('utf8', 0, end < 0 ? log.length : end);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const reason = lines.findLast((line) => !STATISTICS.test(line));
  if (reason === undefined) {
    return undefined;
  }
  const omitted = lines.length - 1;
  const summary = omitted === 0 ? reason : `${reason} (${omitted} more lines at log level debug)`;
  return { summary, lines };
}
