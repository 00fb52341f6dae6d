// SPDX-License-Identifier: Apache-2.0
// What works on which kernel. test/vm/compatibility.test.ts holds it against each kernel, docs/compatibility.md has it as a table.

/** Series of Debian's kernels that `npm run test:kernels` boots; the last is the newest there is. */
export const KERNELS = ['5.10', '6.1', '6.12', '7.3'] as const;

type Since = (typeof KERNELS)[number];

export interface Feature {
  /** For the table. */
  readonly title: string;
  /** The first of KERNELS on which it works, as on all after it. */
  readonly since: Since;
  /** What a user sees before. */
  readonly before?: string;
}

export const FEATURES = {
  attach: { title: 'attach natively with `bpf_link`, count exactly', since: '5.10' },
  batch: {
    title: 'read the counters of all devices in one call',
    since: '6.1',
    before: 'one call per device',
  },
  frags: {
    title: 'attach natively at an MTU of 9,000 (multi-buffer frames)',
    since: '6.1',
    before: '`--xdp-mode generic`',
  },
  mapped: { title: 'log every packet through mapped rings', since: '5.10' },
  perf: { title: 'log packets through perf rings (`--logger.transport perf`)', since: '5.10' },
  observe: { title: 'observe an existing XDP program', since: '6.1', before: '`unsupported`' },
  tracepoints: { title: 'all four tracepoints', since: '5.10' },
  demo: { title: "the demo's traffic", since: '6.1', before: 'refused by the generator' },
} as const satisfies Readonly<Record<string, Feature>>;

export type FeatureName = keyof typeof FEATURES;

/** Stand around it in docs/compatibility.md. */
export const COMPATIBILITY_MARKS = [
  '<!-- kernels: written by `npm run docs` -->',
  '<!-- /kernels -->',
] as const;

export function compatibilityTable(): string {
  const rows = Object.values<Feature>(FEATURES).map(({ title, since, before = 'no' }) => [
    title,
    ...KERNELS.map((kernel) => (worksOn(since, kernel) ? 'yes' : before)),
  ]);
  return [['Linux', ...KERNELS], ['---', ...KERNELS.map(() => '---')], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** What is claimed of a kernel; of one between two of KERNELS, that of the older one. */
export function claimsOf(release: string): Readonly<Record<string, boolean>> {
  const kernel = KERNELS.findLast((each) => compare(each, release) <= 0) ?? KERNELS[0];
  return Object.fromEntries(
    Object.entries<Feature>(FEATURES).map(([name, { since }]) => [name, worksOn(since, kernel)]),
  );
}

function worksOn(since: Since, kernel: Since): boolean {
  return KERNELS.indexOf(since) <= KERNELS.indexOf(kernel);
}

function compare(one: string, other: string): number {
  const [[major = 0, minor = 0] = [], [otherMajor = 0, otherMinor = 0] = []] = [one, other].map(
    (version) => version.split('.').map((part) => Number.parseInt(part, 10)),
  );
  return major - otherMajor || minor - otherMinor;
}
