// SPDX-License-Identifier: Apache-2.0
// A server of the text format, for what a test makes itself.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ServedMetrics {
  /** Host and port. */
  readonly address: string;
  close(): void;
}

/** @param scrape makes the text at each request */
export async function serveMetrics(scrape: () => Promise<string>): Promise<ServedMetrics> {
  const server = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/plain; version=0.0.4');
    scrape().then(
      (text) => response.end(text),
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
