// SPDX-License-Identifier: Apache-2.0
// Which frames of a capture tcpdump(8) shows for an expression.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

/** Of a file in the host's byte order with times in microseconds. */
const MAGIC = 0xa1b2_c3d4;
const FILE_HEADER_BYTES = 24;
const PACKET_HEADER_BYTES = 16;
const ETHERNET = 1;

/** The time of each frame is its place, in seconds. */
export function writeCapture(path: string, frames: readonly Buffer[]): void {
  const header = Buffer.alloc(FILE_HEADER_BYTES);
  header.writeUInt32LE(MAGIC);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(ETHERNET, 20);
  const packets = frames.flatMap((frame, place) => {
    const packet = Buffer.alloc(PACKET_HEADER_BYTES);
    packet.writeUInt32LE(place);
    packet.writeUInt32LE(frame.length, 8);
    packet.writeUInt32LE(frame.length, 12);
    return [packet, frame];
  });
  writeFileSync(path, Buffer.concat([header, ...packets]));
}

/** Places of the frames that match. */
export function shown(path: string, expression: string): number[] {
  const { stdout, stderr, status } = spawnSync('tcpdump', ['-r', path, '-w', '-', expression]);
  if (status !== 0) {
    throw new Error(`run tcpdump "${expression}": ${status}: ${stderr}`);
  }
  const places: number[] = [];
  for (let at = FILE_HEADER_BYTES; at < stdout.length; ) {
    places.push(stdout.readUInt32LE(at));
    at += PACKET_HEADER_BYTES + stdout.readUInt32LE(at + 8);
  }
  return places;
}
