// SPDX-License-Identifier: Apache-2.0
// Netlink: datagrams, attributes, devices, routes and next hops of any bytes, beside a decoder that knows one field at a time.
import assert from 'node:assert/strict';
import { ExporterError } from '../../../src/errors.ts';
import {
  type DefaultRoute,
  decodeDefaultRoute,
  decodeNextHop,
  isBeyondDefaults,
  type NextHop,
  resolveDevices,
} from '../../../src/kernel/default-route.ts';
import { type Device, decodeDevice } from '../../../src/kernel/device.ts';
import {
  type Attribute,
  decodeMessages,
  encodeAttribute,
  encodeMessage,
  listAttributes,
  type Message,
} from '../../../src/kernel/netlink.ts';
import type { Target } from '../target.ts';

/** By the rules of netlink(7), from one message to what is left. Undefined: damaged. */
function messagesOf(bytes: Buffer): Buffer[] | undefined {
  if (bytes.length === 0) {
    return [];
  }
  const length = bytes.length < 16 ? 0 : bytes.readUInt32LE();
  if (length < 16 || length > bytes.length) {
    return undefined;
  }
  const next = messagesOf(bytes.subarray(Math.ceil(length / 4) * 4));
  return next && [bytes.subarray(0, length), ...next];
}

function attributesOf(bytes: Buffer): Attribute[] {
  const length = bytes.length < 4 ? 0 : bytes.readUInt16LE();
  if (length < 4 || length > bytes.length) {
    return [];
  }
  const type = bytes.readUInt16LE(2) & 0x3fff;
  const next = attributesOf(bytes.subarray(Math.ceil(length / 4) * 4));
  return [[type, bytes.subarray(4, length)], ...next];
}

function lastOf(attributes: readonly Attribute[], type: number): Buffer | undefined {
  return attributes.findLast(([found]) => found === type)?.[1];
}

function numberOf(attributes: readonly Attribute[], type: number): number | undefined {
  const value = lastOf(attributes, type);
  return value !== undefined && value.length >= 4 ? value.readUInt32LE() : undefined;
}

/** As `decodeMessages`; undefined where it throws what it says it throws. */
function decodeAll(datagram: Buffer): Message[] | undefined {
  const messages: Message[] = [];
  try {
    for (const message of decodeMessages('fuzz', datagram)) {
      messages.push(message);
    }
    return messages;
  } catch (error) {
    assert.ok(error instanceof ExporterError);
    assert.match(error.message, /^fuzz: damaged netlink message of \d+ bytes, \d+ bytes are left$/);
    return undefined;
  }
}

function checkDatagram(datagram: Buffer): readonly Buffer[] {
  const found = decodeAll(datagram);
  const expected = messagesOf(datagram);
  assert.equal(found === undefined, expected === undefined);
  for (const [index, message] of (found ?? []).entries()) {
    assert.ok(
      encodeMessage(message)
        .subarray(0, 12)
        .equals(expected?.[index]?.subarray(0, 12) as Buffer),
    );
    assert.ok(message.payload.equals(expected?.[index]?.subarray(16) as Buffer));
  }
  return (found ?? []).map(({ payload }) => payload);
}

function checkAttributes(bytes: Buffer): void {
  const expected = attributesOf(bytes);
  const found = listAttributes(bytes);
  assert.deepEqual(found, expected);
  // What was written is read again, but for the bits that say how the value is written.
  const again = listAttributes(
    Buffer.concat(found.map(([type, value]) => encodeAttribute(type, value))),
  );
  assert.deepEqual(again, expected);
}

function checkDevice(payload: Buffer): void {
  const device = decodeDevice(payload);
  const isHeader = payload.length >= 16;
  const attributes = isHeader ? attributesOf(payload.subarray(16)) : [];
  const ifindex = isHeader ? payload.readInt32LE(4) : 0;
  const isDevice = lastOf(attributes, 3) !== undefined && ifindex > 0;
  assert.equal(device !== undefined, isDevice);
  if (device !== undefined) {
    checkFields(device, payload, attributes);
  }
}

function checkFields(device: Device, payload: Buffer, attributes: readonly Attribute[]): void {
  const count = (found: readonly Attribute[], type: number) => numberOf(found, type) ?? 0;
  const xdp = attributesOf(lastOf(attributes, 43) ?? Buffer.alloc(0));
  const { name, altNames, ifindex, mtu, maxMtu = 0, linkType } = device;
  assert.deepEqual(
    [ifindex, linkType, mtu, maxMtu],
    [payload.readInt32LE(4), payload.readUInt16LE(2), count(attributes, 4), count(attributes, 51)],
  );
  assert.deepEqual(device.xdp, {
    native: count(xdp, 5),
    generic: count(xdp, 6),
    offload: count(xdp, 7),
  });
  for (const each of [name, ...altNames]) {
    assert.ok(!each.includes('\0') && (!each.includes('\ufffd') || each.endsWith(`#${ifindex}`)));
  }
}

function hopsOf(bytes: Buffer): number[] {
  const length = bytes.length < 8 ? 0 : bytes.readUInt16LE();
  if (length < 8 || length > bytes.length) {
    return [];
  }
  const isDead = (bytes.readUInt8(2) & 1) !== 0;
  const ifindex = bytes.readUInt32LE(4);
  const next = hopsOf(bytes.subarray(Math.ceil(length / 4) * 4));
  return isDead || ifindex === 0 ? next : [ifindex, ...next];
}

function checkRoute(payload: Buffer, nextHops: readonly NextHop[]): void {
  const route = decodeDefaultRoute(payload);
  const isBeyond = isBeyondDefaults(payload);
  if (payload.length < 12) {
    assert.deepEqual([route, isBeyond], [undefined, false]);
    return;
  }
  const [family, bits, , , headerTable, , , type] = payload;
  const flags = payload.readUInt32LE(8);
  const attributes = attributesOf(payload.subarray(12));
  const isFirst = (numberOf(attributes, 1) ?? 0) === 0;
  assert.equal(isBeyond, family === 2 && headerTable === 254 && !isFirst);
  const table = numberOf(attributes, 15) ?? headerTable;
  const isCounted =
    (family === 2 || family === 10) &&
    bits === 0 &&
    type === 1 &&
    table === 254 &&
    (flags & 0x200) === 0;
  assert.equal(route !== undefined, isCounted);
  if (route !== undefined) {
    checkDevices(route, attributes, (flags & 1) !== 0, nextHops);
  }
}

function checkDevices(
  route: DefaultRoute,
  attributes: readonly Attribute[],
  isDead: boolean,
  nextHops: readonly NextHop[],
): void {
  const single = isDead ? 0 : (numberOf(attributes, 4) ?? 0);
  const many = hopsOf(lastOf(attributes, 9) ?? Buffer.alloc(0));
  assert.deepEqual(route.ifindexes, single === 0 ? many : [single, ...many]);
  assert.equal(route.nextHopId, numberOf(attributes, 30));
  const devices = resolveDevices([route], nextHops);
  assert.equal(new Set(devices).size, devices.length);
  assert.ok(route.ifindexes.every((ifindex) => devices.includes(ifindex)));
}

function checkNextHop(payload: Buffer): NextHop | undefined {
  const hop = decodeNextHop(payload);
  const attributes = payload.length < 8 ? [] : attributesOf(payload.subarray(8));
  const id = numberOf(attributes, 1);
  const isDead = payload.length >= 8 && (payload.readUInt32LE(4) & 1) !== 0;
  assert.equal(hop?.id, isDead ? undefined : id);
  assert.ok((hop?.members.length ?? 0) * 8 <= payload.length);
  return hop;
}

export const netlink: Target = {
  name: 'netlink',
  maxBytes: 1024,
  run(input) {
    const payloads = [input, ...checkDatagram(input)];
    const nextHops = payloads.map(checkNextHop).filter((hop) => hop !== undefined);
    for (const payload of payloads) {
      checkAttributes(payload);
      checkDevice(payload);
      checkRoute(payload, nextHops);
    }
    return payloads.length;
  },
};
