// SPDX-License-Identifier: Apache-2.0
// Snapshot -> metric families, the one form that every exporter reads.
import type { Collector, FamilyContext } from '../collectors/collector.ts';
import { COLLECTORS, type Parts } from '../collectors/list.ts';
import type { Family } from '../metrics/family.ts';
import { createLabelCache } from '../metrics/labels.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { deviceFamilies } from './device-families.ts';
import {
  type BuildInfo,
  buildFamily,
  type PushState,
  pushFamilies,
  reportFamilies,
} from './exporter-families.ts';
import { type ProcessUsage, processFamilies, type WireState } from './process-families.ts';
import { stackFamily } from './stack-families.ts';

/** What is known beside the snapshot. */
export interface ExporterState {
  /** Absent: OTLP is off. */
  readonly push?: PushState | undefined;
  /** Absent where there is no wire. */
  readonly processes?: { readonly state: WireState; readonly wire: ProcessUsage };
}

/**
 * A function whose result depends on its arguments alone. The label objects of a device's
 * series are the same ones in every result until the device leaves. Families without samples are left out.
 */
export function createFamilies(
  build: BuildInfo,
): (snapshot: Snapshot, exporter?: ExporterState) => readonly Family[] {
  const labelDevices = createLabelCache();
  const ofBuild = buildFamily(build);
  return ({ devices, cpus, startedAtMs, parts, collectors }, { push, processes } = {}) => {
    const labelled = labelDevices(devices);
    const families = [
      ...deviceFamilies(labelled),
      stackFamily(labelled),
      ...partFamilies(parts, { devices: labelled, cpus, startedAtMs }),
      ...(push === undefined ? [] : pushFamilies(push)),
      ofBuild,
      ...reportFamilies(collectors),
      ...(processes === undefined ? [] : processFamilies(processes.state, processes.wire)),
    ];
    return families.filter(({ samples }) => samples.length > 0);
  };
}

function partFamilies(parts: Parts, context: FamilyContext): readonly Family[] {
  const collectors: readonly Collector<keyof Parts, unknown>[] = COLLECTORS;
  return collectors.flatMap((collector) => {
    const part = parts[collector.name];
    return part === undefined ? [] : collector.families(part, context);
  });
}
