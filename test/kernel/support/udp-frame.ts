// SPDX-License-Identifier: Apache-2.0
// A frame whose source port tells its source address, so that a record of it can be checked.

/** Of every frame here. */
export const FRAME = { bytes: 60, protocol: 17, hopLimit: 64, destination: 0xc000_0201 } as const;

/** Ethernet, IPv4 and UDP. */
export function udpFrame(source: number): Buffer {
  const frame = Buffer.alloc(FRAME.bytes);
  frame.writeUInt16BE(0x0800, 12);
  frame.writeUInt8(0x45, 14);
  frame.writeUInt16BE(46, 16);
  frame.writeUInt8(FRAME.hopLimit, 22);
  frame.writeUInt8(FRAME.protocol, 23);
  frame.writeUInt32BE(source, 26);
  frame.writeUInt32BE(FRAME.destination, 30);
  frame.writeUInt16BE(source & 0xffff, 34);
  frame.writeUInt16BE(26, 38);
  return frame;
}
