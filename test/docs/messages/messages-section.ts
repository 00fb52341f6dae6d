// SPDX-License-Identifier: Apache-2.0
// The part of docs/troubleshooting.md that has a place for every message.
import { table } from '../markdown.ts';
import { MESSAGE_FAMILIES, type MessageFamily, OTHER_TEXTS } from './families.ts';
import { type SaidText, saidTexts } from './said-texts.ts';

const HEAD = `## Messages

All errors and warnings are listed below. Search for a part of your message that has no name or number; "…" stands for those. A
message reads \`what was done: why it failed; what to do\`; its parts may be on separate lines here. A message that ends in an
errno symbol quotes the kernel's answer:
`;

/** Of those that a reader meets, what they mean here. */
const ERRNOS: Readonly<Record<string, string>> = {
  EACCES: 'A file or a socket may not be opened, or the verifier refuses a program.',
  EADDRINUSE: 'Another process listens on the port.',
  EBUSY: 'Another XDP program is on the device.',
  EMFILE: 'The process has no free file descriptor: raise `ulimit -n`, or `LimitNOFILE=`.',
  ENODEV: 'The device has gone, or is in another network namespace.',
  ENOBUFS: 'Changes came faster than they were read; the list is read again.',
  ENOENT: 'There is no such file, socket, program or map.',
  ENOMEM: 'There is no memory, or the limit of the cgroup or of RLIMIT_MEMLOCK is reached.',
  EOPNOTSUPP: 'The driver or the kernel does not support it.',
  EPERM:
    'A capability is missing, or, if none is missing, a seccomp profile, a security module or lockdown refuses.',
};

/** The one that has the longest of the sources that fit. Undefined: none has it. */
export function familyOf(file: string): MessageFamily | undefined {
  const fits = MESSAGE_FAMILIES.flatMap((family) =>
    family.sources.filter((source) => isOf(file, source)).map((source) => ({ family, source })),
  );
  return fits.toSorted((one, other) => other.source.length - one.source.length)[0]?.family;
}

/** @param source a file, or a folder with its slash */
export function isOf(file: string, source: string): boolean {
  return source.endsWith('/') ? file.startsWith(source) : file === source;
}

/** Those that are to have a place. */
export function messages(): readonly SaidText[] {
  return saidTexts().filter(({ file }) => !OTHER_TEXTS.some((source) => isOf(file, source)));
}

/** The whole of it. */
export function messagesSection(): string {
  const texts = messages();
  const sections = MESSAGE_FAMILIES.map((family) => {
    const own = texts.filter(({ file }) => familyOf(file) === family).map(({ text }) => text);
    const lines = [...new Set(own.map(firstLine))].sort();
    return `### ${family.title}\n\n${family.about}\n\n\`\`\`text\n${lines.join('\n')}\n\`\`\`\n`;
  });
  const errnos = Object.entries(ERRNOS).map(([symbol, meaning]) => [`\`${symbol}\``, meaning]);
  return [HEAD, table(['errno', 'what it means'], errnos), ...sections].join('\n');
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
