// SPDX-License-Identifier: Apache-2.0
// A scrape: the families of one collection and the process's own metrics, in the format that the client reads.
import type { Family } from '../metrics/family.ts';
import type { ExposedFamily } from './family.ts';
import { CONTENT_TYPES, type ExpositionFormat, negotiateFormat } from './format.ts';
import { createProcessMetrics } from './process-metrics.ts';
import { createProtobufWriter } from './protobuf/exposition.ts';
import { createExpositionWriter } from './text/exposition.ts';

/** What a scrape is answered with. Those that overlap are given the same object: nobody may write to `body`. */
interface Exposition {
  readonly contentType: string;
  readonly body: Buffer;
}

export interface PrometheusExporter {
  /**
   * One collection. Rejects as `collect` does.
   * @param accept the header of that name
   */
  render(accept: string | undefined): Promise<Exposition>;
}

export interface PrometheusOptions {
  /** Leaves the metrics of this process out. */
  readonly disableExporterMetrics: boolean;
}

/** Calls of `render` that overlap share one collection, and one exposition where they want the same format. */
export function createPrometheusExporter(
  collect: () => Promise<readonly Family[]>,
  { disableExporterMetrics }: PrometheusOptions,
): PrometheusExporter {
  const measureProcess = disableExporterMetrics ? async () => [] : createProcessMetrics();
  const gather = shareInFlight(async (): Promise<readonly ExposedFamily[]> => {
    const families = await collect();
    return [...families, ...(await measureProcess())];
  });
  const byFormat = {
    text: createRenderer('text', createExpositionWriter('text'), gather),
    openmetrics: createRenderer('openmetrics', createExpositionWriter('openmetrics'), gather),
    protobuf: createRenderer('protobuf', createProtobufWriter(), gather),
  } as const satisfies Record<ExpositionFormat, () => Promise<Exposition>>;
  return { render: (accept) => byFormat[negotiateFormat(accept)]() };
}

function createRenderer(
  format: ExpositionFormat,
  write: (families: readonly ExposedFamily[]) => Buffer,
  gather: () => Promise<readonly ExposedFamily[]>,
): () => Promise<Exposition> {
  return shareInFlight(async () => {
    return { contentType: CONTENT_TYPES[format], body: write(await gather()) };
  });
}

/** Calls that come while one is under way are given its result. */
function shareInFlight<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let inFlight: Promise<Result> | undefined;
  return () => {
    inFlight ??= work().finally(() => {
      inFlight = undefined;
    });
    return inFlight;
  };
}
