// SPDX-License-Identifier: Apache-2.0
// The frames that the programs are measured on, of the smallest size that an Ethernet carries.

/** Ethernet, IPv4, UDP. */
export function plainFrame(): Buffer {
  const frame = Buffer.alloc(60);
  frame.writeUInt16BE(0x0800, 12);
  frame.writeUInt8(0x45, 14);
  frame.writeUInt16BE(46, 16);
  frame.writeUInt8(64, 22);
  frame.writeUInt8(17, 23);
  frame.writeUInt32BE(0xc0000201, 26);
  frame.writeUInt32BE(0xc0000202, 30);
  frame.writeUInt16BE(40_000, 34);
  frame.writeUInt16BE(53, 36);
  frame.writeUInt16BE(26, 38);
  return frame;
}

/** The same with TCP without data: a SYN. */
export function tcpFrame(): Buffer {
  const frame = plainFrame();
  frame.writeUInt8(6, 23);
  frame.writeUInt16BE(0, 38);
  frame.writeUInt8(0x50, 46);
  frame.writeUInt8(0x02, 47);
  return frame;
}

/** Ethernet, a VLAN tag, IPv6, TCP without data. */
export function taggedFrame(): Buffer {
  const frame = Buffer.alloc(78);
  frame.writeUInt16BE(0x8100, 12);
  frame.writeUInt16BE(5, 14);
  frame.writeUInt16BE(0x86dd, 16);
  frame.writeUInt8(0x60, 18);
  frame.writeUInt16BE(20, 22);
  frame.writeUInt8(6, 24);
  frame.writeUInt8(64, 25);
  frame.writeUInt32BE(0x20010db8, 26);
  frame.writeUInt32BE(0x20010db8, 42);
  frame.writeUInt16BE(40_000, 58);
  frame.writeUInt16BE(443, 60);
  frame.writeUInt8(0x50, 70);
  frame.writeUInt8(0x10, 71);
  return frame;
}
