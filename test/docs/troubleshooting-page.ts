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
the two. Its parts: [questions](#questions), [what doctor checks](#what-doctor-checks), [reasons](#reasons), [messages](#messages).

Check what the exporter can do on this machine, and what is missing:

\`\`\`sh
xdp-exporter doctor
\`\`\`

Name devices to see what \`run\` would do with them, and what that would cost: \`xdp-exporter doctor eth0\`. Run it with the same
options and capabilities as \`run\`, such as \`--mode\`, \`--netns\` or \`--config.file\`. It creates maps and loads programs, but
attaches nothing and changes nothing. Without capabilities it reports what it cannot check. \`-o json\` prints one object per
line.

| state | what it means | exit code |
| --- | --- | --- |
| \`ok\` | It works. | 0 |
| \`degraded\` | The exporter works, with fewer features or at a higher cost. A device that is not selected and cannot be counted is \`degraded\`, too. | 0 |
| \`unknown\` | It cannot be checked from here. | 0 |
| \`missing\` | Something that you selected, or that the exporter requires, does not work. | 1 |

Every line that is not \`ok\` has a reason. Errors, the log, the label \`reason\` of \`xdp_device_down_info\` and this page use the
same reasons: see [what to do about each](#reasons).
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
    '## What doctor checks\n',
    table(
      ['check', 'purpose'],
      Object.entries(CHECKS).map(([name, purpose]) => [code(name), purpose]),
    ),
    '## Reasons\n',
    table(['reason', 'what it means', 'what to do', 'device down'], reasons),
    messagesSection(),
  ].join('\n');
}
