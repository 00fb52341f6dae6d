// SPDX-License-Identifier: Apache-2.0
// Reads a line of logfmt, strictly: bare values without quotes or spaces, all others as JSON strings.

export function readLogfmt(line: string): Record<string, string> {
  const fields: Record<string, string> = {};
  let rest = line;
  while (rest !== '') {
    const field = /^(\w+)=([^\s"=]+|"(?:[^"\\]|\\.)*")(?: (?=.)|$)/.exec(rest);
    if (field === null) {
      throw new Error(`not logfmt: ${JSON.stringify(rest)}`);
    }
    const [all, key = '', value = ''] = field;
    fields[key] = value.startsWith('"') ? JSON.parse(value) : value;
    rest = rest.slice(all.length);
  }
  return fields;
}
