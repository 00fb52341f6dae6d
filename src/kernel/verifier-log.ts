// SPDX-License-Identifier: Apache-2.0
// Reads the kernel's log of a refused program.

/** Lines that the verifier adds after its reason, whatever the reason was. */
const STATISTICS = /^(processed \d+ insns|verification time|stack depth|peak_states|mark_read)/;

/** A last line that only says which rule the line before it broke, as in "R1 offset is outside of the packet". */
const EXPLANATION = /^R\d+ (offset|min value|max value|unbounded)/;

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
  const last = lines.findLastIndex((line) => !STATISTICS.test(line));
  if (last < 0) {
    return undefined;
  }
  const isExplained = last > 0 && EXPLANATION.test(lines[last] ?? '');
  const reason = lines.slice(isExplained ? last - 1 : last, last + 1);
  const omitted = lines.length - reason.length;
  const rest = omitted === 0 ? '' : ` (${omitted} more lines at log level debug)`;
  return { summary: `${reason.join('; ')}${rest}`, lines };
}
