// SPDX-License-Identifier: Apache-2.0
// What the kernel can do for the exporter, found out by trying, with what this process may.
import { errorMessage, VerifierError } from '../../errors.ts';
import { observeRefusal } from '../../instruments/observed.ts';
import { codeOf } from '../../instruments/refusal.ts';
import type { ReasonCode } from '../../reasons.ts';
import {
  type CapabilityName,
  hasCapability,
  INITIAL_USER_NAMESPACE,
  parseEffective,
} from '../capabilities.ts';
import { type CheckName, type Finding, fine, lacking } from './finding.ts';
import type { HostFacts } from './host.ts';

/** Rights that a feature takes, and what the exporter is without it. */
const FEATURES = {
  rings: { needs: ['CAP_BPF'], without: 'missing' },
  program: { needs: ['CAP_BPF', 'CAP_PERFMON', 'CAP_NET_ADMIN'], without: 'missing' },
  link: { needs: ['CAP_BPF', 'CAP_PERFMON', 'CAP_NET_ADMIN'], without: 'missing' },
  frags: { needs: ['CAP_BPF', 'CAP_PERFMON', 'CAP_NET_ADMIN'], without: 'degraded' },
  batch: { needs: ['CAP_BPF'], without: 'degraded' },
  observe: { needs: ['CAP_BPF', 'CAP_PERFMON', 'CAP_NET_ADMIN'], without: 'degraded' },
  tracepoints: { needs: ['CAP_BPF', 'CAP_PERFMON'], without: 'degraded' },
} as const satisfies Partial<
  Record<CheckName, { needs: readonly CapabilityName[]; without: 'missing' | 'degraded' }>
>;

type FeatureName = keyof typeof FEATURES;

/** What was found, in words, and whether it is the whole feature. Throws where the kernel refuses to try. */
type Probe = () => { readonly found: string; readonly isWhole: boolean };

export type Probes = Readonly<Record<FeatureName, Probe>>;

export interface Features {
  readonly findings: readonly Finding[];
  /** Why no program can be observed here. */
  readonly observeTrouble?: ReasonCode;
}

export function examineFeatures(facts: HostFacts, probes: Probes): Features {
  const names = Object.keys(FEATURES) as FeatureName[];
  const tried = names.map((name) => examineFeature(name, facts, probes[name]));
  const observe = tried[names.indexOf('observe')];
  return {
    findings: tried.map(({ finding }) => finding),
    ...(observe?.finding.state === 'ok' ? {} : { observeTrouble: troubleOf(observe?.error) }),
  };
}

interface Tried {
  readonly finding: Finding;
  readonly error?: unknown;
}

function examineFeature(name: FeatureName, facts: HostFacts, probe: Probe): Tried {
  const obstacle = findObstacle(name, facts);
  if (obstacle !== undefined) {
    return { finding: lacking(name, 'unknown', obstacle.reason, obstacle.found) };
  }
  try {
    const { found, isWhole } = probe();
    const finding = isWhole
      ? fine(name, found)
      : lacking(name, FEATURES[name].without, 'feature', found);
    return { finding };
  } catch (error) {
    const finding = lacking(name, FEATURES[name].without, reasonOf(error), errorMessage(error));
    return { finding, error };
  }
}

/** What stands in the way of trying. */
function findObstacle(
  name: FeatureName,
  { status, userNamespace, libbpf }: HostFacts,
): { reason: ReasonCode; found: string } | undefined {
  if (libbpf instanceof Error) {
    return { reason: 'libbpf', found: 'not tried without libbpf' };
  }
  if (userNamespace !== INITIAL_USER_NAMESPACE) {
    return { reason: 'user_namespace', found: 'not tried in a user namespace' };
  }
  const effective = parseEffective(status);
  const missing = FEATURES[name].needs.filter((each) => !hasCapability(effective, each));
  return missing.length === 0
    ? undefined
    : { reason: 'capability', found: `not tried without ${missing.join(', ')}` };
}

const FORBIDDEN: readonly (string | undefined)[] = ['EPERM', 'EACCES'];
const UNKNOWN_TO_KERNEL: readonly (string | undefined)[] = [
  'EINVAL',
  'E2BIG',
  'ESRCH',
  'ENOTSUPP',
  'EOPNOTSUPP',
];

/** No capability is missing any more. */
function reasonOf(error: unknown): ReasonCode {
  const code = codeOf(error);
  if (FORBIDDEN.includes(code)) {
    return 'policy';
  }
  if (error instanceof VerifierError) {
    return observeRefusal(error).code === 'lockdown' ? 'lockdown' : 'feature';
  }
  return UNKNOWN_TO_KERNEL.includes(code) ? 'feature' : 'refused';
}

/** @param error undefined where it was not tried, for want of a right */
function troubleOf(error: unknown): ReasonCode {
  if (error === undefined) {
    return 'permission';
  }
  return FORBIDDEN.includes(codeOf(error)) ? 'policy' : observeRefusal(error).code;
}
