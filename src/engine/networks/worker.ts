// SPDX-License-Identifier: Apache-2.0
// A thread that reads one file of networks and ends, so that the rings are drained on meanwhile, and its memory goes.
import { parentPort, workerData } from 'node:worker_threads';
import { errorMessage } from '../../errors.ts';
import type { PrefixTable } from '../../recorder/networks/prefix-table.ts';
import { type LoadedNetworks, readNetworks } from './read-networks.ts';

/** What comes of it. */
export type Outcome = { readonly loaded: LoadedNetworks } | { readonly problem: string };

function buffersOf(table: PrefixTable): ArrayBuffer[] {
  return Object.values<Int32Array | Uint16Array>({ ...table }).map(
    ({ buffer }) => buffer as ArrayBuffer,
  );
}

function post(outcome: Outcome, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(outcome, transfer);
}

const { path } = workerData as { readonly path: string };
try {
  const loaded = await readNetworks(path);
  const { ipv4, ipv6 } = loaded.tables;
  post({ loaded }, [...buffersOf(ipv4), ...buffersOf(ipv6)]);
} catch (error) {
  post({ problem: errorMessage(error) });
}
