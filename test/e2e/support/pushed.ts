// SPDX-License-Identifier: Apache-2.0
// Serves a scrape with its labels named as they are after a push by OTLP and its translation to Prometheus.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LABEL_ATTRIBUTES } from '../../../src/metrics/definition.ts';

export interface Pushed {
  /** Host and port. */
  readonly address: string;
  close(): void;
}

export async function servePushed(scrape: () => Promise<string>): Promise<Pushed> {
  const server = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/plain; version=0.0.4');
    scrape().then(
      (text) => response.end(rename(text)),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function rename(exposition: string): string {
  const attributes: Readonly<Record<string, string>> = LABEL_ATTRIBUTES;
  return exposition.replaceAll(/^xdp_\w+\{.*$/gm, (line) =>
    line.replaceAll(/([{,])(\w+)="/g, (_, before: string, label: string) => {
      const attribute = attributes[label] ?? label;
      return `${before}${attribute.replaceAll('.', '_')}="`;
    }),
  );
}
