// SPDX-License-Identifier: Apache-2.0
// A process of its own, started with fewer privileges, that opens the rings of all CPUs online and prints their sizes,
// or why the first has none: node open-rings.js TRANSPORT BYTES
import { errorMessage } from '../../../src/errors.ts';
import { readCpuMask } from '../../../src/kernel/cpu-mask.ts';
import { fitRing } from '../../../src/kernel/ring-map.ts';
import { SharedMaps } from '../../../src/kernel/shared-maps.ts';
import { mappedTransport, perfTransport } from '../../../src/recorder/transports.ts';
import { OBJECT, PROGRAM } from './recording.ts';

const transport = process.argv[2];
const sizeBytes = Number(process.argv[3]);
const ringRecords = transport === 'mapped' ? fitRing(sizeBytes) : 1;
const possibleCpus = readCpuMask('possible');
const maps = new SharedMaps(OBJECT, PROGRAM, { possibleCpus, slots: 1, ringRecords });
const { open } = transport === 'mapped' ? mappedTransport(maps) : perfTransport(maps, sizeBytes);
const openings = open(readCpuMask('online'));
const sizes = openings.flatMap(({ opened }) => opened?.ring.sizeBytes ?? []);
process.stdout.write(sizes.length === 0 ? errorMessage(openings[0]?.error) : sizes.join(' '));
for (const { opened } of openings) {
  opened?.close();
}
maps.close();
