// SPDX-License-Identifier: Apache-2.0
// Reads samples of the Prometheus text format and of OpenMetrics, which write them alike, as far as tests need it.

/** Sample values by series, as `xdp_packets_total{device="eth0",action="pass"}`, labels in the order served. */
export type Samples = ReadonlyMap<string, number>;

/** What a client that reads OpenMetrics sends as Accept. */
export const ACCEPT_OPENMETRICS = 'application/openmetrics-text;version=1.0.0';

/** What a client that reads protobuf sends. */
export const ACCEPT_PROTOBUF =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';

export function parseExposition(text: string): Samples {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    const split = line.lastIndexOf(' ');
    if (line !== '' && !line.startsWith('#')) {
      samples.set(line.slice(0, split), Number(line.slice(split + 1)));
    }
  }
  return samples;
}

/** The sum over every series of `name` that carries all of `labels`. */
export function sumOf(
  samples: Samples,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  let sum = 0;
  for (const [series, value] of samples) {
    if (series === name || series.startsWith(`${name}{`)) {
      const wanted = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`);
      if (wanted.every((label) => series.includes(label))) {
        sum += value;
      }
    }
  }
  return sum;
}

/** xdp_device_up of a device, in whatever namespace; undefined where the device is not wanted. */
export function upOf(samples: Samples, device: string): number | undefined {
  const label = `device="${escapeLabel(device)}"`;
  const series = [...samples.keys()].find(
    (name) => name.startsWith('xdp_device_up{') && name.includes(label),
  );
  return series === undefined ? undefined : samples.get(series);
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Every sample with its labels unescaped. Strict: throws at the first line that the format does not allow. */
export function readSamples(text: string): Sample[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/s.exec(line);
    if (sample === null) {
      throw new Error(`not a sample: ${JSON.stringify(line)}`);
    }
    const [, name = '', labels = '', value = ''] = sample;
    return { name, labels: readLabels(labels), value: readValue(value) };
  });
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const label = /^([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,(?=.)|$)/s.exec(rest);
    if (label === null || Object.hasOwn(labels, label[1] ?? '')) {
      throw new Error(`not labels: ${JSON.stringify(rest)}`);
    }
    const [all, name = '', value = ''] = label;
    labels[name] = value.replace(/\\(.)/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped));
    rest = rest.slice(all.length);
  }
  return labels;
}

function readValue(text: string): number {
  const value = Number(text.replace(/^([+-]?)Inf$/, '$1Infinity'));
  if (Number.isNaN(value) && text !== 'NaN') {
    throw new Error(`not a value: ${JSON.stringify(text)}`);
  }
  return value;
}

/** One text for a sample, whatever the order of its labels. */
export function describeSample({ name, labels, value }: Sample): string {
  return JSON.stringify([name, Object.entries(labels).toSorted(), String(value)]);
}

/** xdp_packets_total by device, over all actions. */
export function packetsByDevice(samples: readonly Sample[]): Record<string, number> {
  const packets: Record<string, number> = {};
  for (const { name, labels, value } of samples) {
    if (name === 'xdp_packets_total') {
      const device = labels['device'] ?? '';
      packets[device] = (packets[device] ?? 0) + value;
    }
  }
  return packets;
}
