// SPDX-License-Identifier: Apache-2.0
// A worker thread that goes into the namespace at the path it is given, and says where it and the main thread are.
import { readlinkSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { withinNamespace } from '../../../src/kernel/net-namespace.ts';

const here = () => readlinkSync('/proc/thread-self/ns/net');
const ofMainThread = () => readlinkSync(`/proc/${process.pid}/task/${process.pid}/ns/net`);

const before = here();
const [within, main] = withinNamespace(workerData, () => [here(), ofMainThread()]);
parentPort?.postMessage({ before, within, main, after: here() });
