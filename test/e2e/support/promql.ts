// SPDX-License-Identifier: Apache-2.0
// A server of this test's that answers PromQL by Prometheus's API, as VictoriaMetrics does too.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { until } from './namespace.ts';

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Unix seconds and values, in the order of time; one of them for an instant query. */
  readonly points: readonly (readonly [number, number])[];
}

export interface TimeRange {
  /** Unix seconds. */
  readonly start: number;
  readonly end: number;
  readonly stepSeconds: number;
}

interface Vector {
  readonly result?: readonly {
    readonly metric: Record<string, string>;
    readonly value?: [number, string];
    readonly values?: [number, string][];
  }[];
}

export class PromqlServer {
  readonly #child: ChildProcess;
  /** As "http://127.0.0.1:9090". */
  readonly url: string;

  protected constructor(command: string, args: readonly string[], url: string) {
    this.#child = spawn(command, args, { stdio: 'ignore' });
    this.url = url;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** @param path that is answered with 200 once the server is ready */
  protected async becomeReady(path: string): Promise<void> {
    const isReady = async () => (await fetch(`${this.url}${path}`).catch(() => undefined))?.ok;
    await until(`${this.url} is ready`, async () => (await isReady()) === true, 20);
  }

  /** @param time Unix seconds; now, by default */
  async query(expr: string, time?: number): Promise<readonly Series[]> {
    const parameters = { query: expr, ...(time === undefined ? {} : { time: `${time}` }) };
    return toSeries(await this.ask('query', parameters));
  }

  async queryRange(expr: string, range: TimeRange): Promise<readonly Series[]> {
    const { start, end, stepSeconds } = range;
    const bounds = { start: `${start}`, end: `${end}`, step: `${stepSeconds}` };
    return toSeries(await this.ask('query_range', { query: expr, ...bounds }));
  }

  /** The data of an answer. Rejects with what the server says of a question that it refuses. */
  protected async ask<Data = Vector>(
    path: string,
    parameters: Record<string, string>,
  ): Promise<Data | undefined> {
    const response = await fetch(`${this.url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const answer = (await response.json()) as { status: string; error?: string; data?: Data };
    if (answer.status !== 'success') {
      throw new Error(`ask ${JSON.stringify(parameters)}: ${answer.error}`);
    }
    return answer.data;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null) {
      this.#child.kill();
      await once(this.#child, 'exit');
    }
  }
}

function toSeries(vector: Vector | undefined): readonly Series[] {
  return (vector?.result ?? []).map(({ metric, value, values }) => ({
    metric,
    points: (values ?? (value === undefined ? [] : [value])).map(
      ([time, text]) => [time, Number(text)] as const,
    ),
  }));
}
