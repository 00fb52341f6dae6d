// SPDX-License-Identifier: Apache-2.0
// The bytes of netlink: messages and attributes; see netlink(7) and Documentation/userspace-api/netlink/intro.rst.
import { ExporterError } from '../errors.ts';

/** struct nlmsghdr: length u32, type u16, flags u16, sequence u32, port u32. */
const MESSAGE_HEADER = 16;

/** struct nlattr: length u16 with the header and without the padding, type u16. */
const ATTRIBUTE_HEADER = 4;

/** The upper two bits of an attribute's type say "nested" and "big endian". */
const ATTRIBUTE_TYPE_MASK = 0x3fff;

/** One netlink message without its padding. */
export interface Message {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** What follows the header. It lies in the memory of the datagram: copy what is to outlive it. */
  readonly payload: Buffer;
}

/** One attribute: `value` lies in the memory that it was read from. */
export type Attribute = readonly [type: number, value: Buffer];

/** Attributes by type. Of attributes that occur more than once it holds the last. */
export type Attributes = ReadonlyMap<number, Buffer>;

/** struct nlmsghdr and the payload. The kernel fills in the sender's port. */
export function encodeMessage({ type, flags, sequence, payload }: Message): Buffer {
  const message = Buffer.alloc(MESSAGE_HEADER + payload.length);
  message.writeUInt32LE(message.length, 0);
  message.writeUInt16LE(type, 4);
  message.writeUInt16LE(flags, 6);
  message.writeUInt32LE(sequence, 8);
  payload.copy(message, MESSAGE_HEADER);
  return message;
}

/**
 * The messages of one datagram, in their order. Throws an ExporterError that names `operation` at a message that is
 * shorter than its header or longer than the rest: what follows cannot be told apart, so a list would be incomplete.
 */
export function* decodeMessages(operation: string, datagram: Buffer): Generator<Message> {
  let offset = 0;
  while (offset < datagram.length) {
    const rest = datagram.length - offset;
    const length = rest < MESSAGE_HEADER ? 0 : datagram.readUInt32LE(offset);
    if (length < MESSAGE_HEADER || length > rest) {
      throw new ExporterError(
        `${operation}: damaged netlink message of ${length} bytes, ${rest} bytes are left`,
      );
    }
    yield {
      type: datagram.readUInt16LE(offset + 4),
      flags: datagram.readUInt16LE(offset + 6),
      sequence: datagram.readUInt32LE(offset + 8),
      payload: datagram.subarray(offset + MESSAGE_HEADER, offset + length),
    };
    offset += align(length);
  }
}

/** struct nlattr, the value, and padding to 4 bytes. */
export function encodeAttribute(type: number, value: Buffer): Buffer {
  const length = ATTRIBUTE_HEADER + value.length;
  const bytes = Buffer.alloc(align(length));
  bytes.writeUInt16LE(length, 0);
  bytes.writeUInt16LE(type, 2);
  value.copy(bytes, ATTRIBUTE_HEADER);
  return bytes;
}

/**
 * Every attribute in order, or every one of those types. A damaged attribute ends the list: nothing is read beyond
 * the bytes given.
 * @param wanted saves the time for what is not needed: a link has some fifty attributes
 */
export function listAttributes(bytes: Buffer, wanted?: ReadonlySet<number>): Attribute[] {
  const attributes: Attribute[] = [];
  let offset = 0;
  while (offset + ATTRIBUTE_HEADER <= bytes.length) {
    const length = bytes.readUInt16LE(offset);
    if (length < ATTRIBUTE_HEADER || offset + length > bytes.length) {
      break;
    }
    const type = bytes.readUInt16LE(offset + 2) & ATTRIBUTE_TYPE_MASK;
    if (wanted === undefined || wanted.has(type)) {
      attributes.push([type, bytes.subarray(offset + ATTRIBUTE_HEADER, offset + length)]);
    }
    offset += align(length);
  }
  return attributes;
}

/** As `listAttributes`, by type. */
export function decodeAttributes(bytes: Buffer, wanted?: ReadonlySet<number>): Attributes {
  return new Map(listAttributes(bytes, wanted));
}

/** A u32 in the byte order of the machine; undefined for an attribute that is missing or too short. */
export function readU32(value: Buffer | undefined): number | undefined {
  return value === undefined || value.length < 4 ? undefined : value.readUInt32LE();
}

function align(length: number): number {
  return (length + 3) & ~3;
}
