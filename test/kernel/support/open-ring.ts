// SPDX-License-Identifier: Apache-2.0
// A process of its own, started with fewer privileges, that opens a ring and prints its size: node open-ring.js BYTES
import { LoggedCpu } from './logged-cpu.ts';

const logged = new LoggedCpu({ cpu: 0, ringSizeBytes: Number(process.argv[2]) });
process.stdout.write(`${logged.reader.ring?.sizeBytes}\n`);
logged.close();
