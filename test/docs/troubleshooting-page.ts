// SPDX-License-Identifier: Apache-2.0
// docs/troubleshooting.md, from the lists of reasons and of what doctor looks at, and from the messages in src.
import { CHECKS } from '../../src/engine/doctor/finding.ts';
import { REASONS, sentenceOf } from '../../src/reasons.ts';
import { DOWN_REASONS } from '../../src/snapshot/device.ts';
import { code, table } from './markdown.ts';
import { messagesSection } from './messages/messages-section.ts';
import { questionsSection } from './messages/questions.ts';

const HEAD = `# Troubleshooting

This page is generated from \`src/reasons.ts\`, \`src/engine/doctor/\` and the messages in \`src/\` by \`npm run docs\`; a test compares
the two. Its parts: [questions](#questions), [what doctor looks at](#what-doctor-looks-at), [reasons](#reasons), [messages](#messages).

Ask the exporter what it can do on this machine, and what is missing:

\`\`\`sh
xdp-exporter doctor
\`\`\`

Name devices to learn what \`run\` would do with them, and what that would cost: \`xdp-exporter doctor eth0\`. Give it the options
and the rights that \`run\` has, such as \`--mode\`, \`--netns\` or \`--config.file\`. It makes maps and loads programs, but
attaches none and changes nothing. Without rights it says what it cannot see. \`-o json\` prints an object a line.

| state | what it means | exit code |
| --- | --- | --- |
| \`ok\` | It works. | 0 |
| \`degraded\` | The exporter works, with less or at a price. A device that nobody asked for and that would not be counted is \`degraded\`, too. | 0 |
| \`unknown\` | It cannot be seen or tried from here. | 0 |
| \`missing\` | What was asked for does not work. | 1 |

Every line that is not \`ok\` has a reason. Errors, the log, the label \`reason\` of \`xdp_device_down_info\` and this page have the same
ones: [what to do about each](#reasons).
`;

/** The whole page. */
export function troubleshootingPage(): string {
  const downReasons: readonly string[] = DOWN_REASONS;
  const reasons = Object.entries(REASONS).map(([name, { cause, remedy }]) => [
    code(name),
    sentenceOf(cause),
    sentenceOf(remedy),
    downReasons.includes(name) ? 'yes' : '',
  ]);
  return [
    HEAD,
    questionsSection(),
    '## What doctor looks at\n',
    table(
      ['line', 'what it is for'],
      Object.entries(CHECKS).map(([name, purpose]) => [code(name), purpose]),
    ),
    '## Reasons\n',
    table(['reason', 'what it means', 'what to do', 'of a device that is down'], reasons),
    messagesSection(),
  ].join('\n');
}
