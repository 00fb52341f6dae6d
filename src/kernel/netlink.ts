// SPDX-License-Identifier: Apache-2.0
// Generic netlink, as little as one question takes; see netlink(7) and Documentation/userspace-api/netlink/intro.rst.
import { ExporterError } from '../errors.ts';
import { checkErrno, errnoName } from '../ffi/errno.ts';
import { libc } from '../ffi/libc.ts';

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const NETLINK_GENERIC = 16;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const RECEIVE_TIMEOUT_S = 2n;

const NLMSG_ERROR = 2;
const NLM_F_REQUEST = 1;
const MESSAGE_HEADER = 16;
const GENERIC_HEADER = 4;
const ATTRIBUTE_HEADER = 4;

/** The kernel's replies to one question about one thing fit a page. */
const REPLY_SIZE_BYTES = 16 * 1024;

export type Attributes = ReadonlyMap<number, Buffer>;

/** struct nlattr: length and type as u16, the value, padding to 4. */
export function encodeAttribute(type: number, value: Buffer): Buffer {
  const length = ATTRIBUTE_HEADER + value.length;
  const bytes = Buffer.alloc(align(length));
  bytes.writeUInt16LE(length, 0);
  bytes.writeUInt16LE(type, 2);
  value.copy(bytes, ATTRIBUTE_HEADER);
  return bytes;
}

/** A damaged attribute ends the list: nothing is read beyond the bytes given. */
export function decodeAttributes(bytes: Buffer): Attributes {
  const attributes = new Map<number, Buffer>();
  let offset = 0;
  while (offset + ATTRIBUTE_HEADER <= bytes.length) {
    const length = bytes.readUInt16LE(offset);
    if (length < ATTRIBUTE_HEADER || offset + length > bytes.length) {
      break;
    }
    const type = bytes.readUInt16LE(offset + 2) & 0x3fff;
    attributes.set(type, bytes.subarray(offset + ATTRIBUTE_HEADER, offset + length));
    offset += align(length);
  }
  return attributes;
}

/** struct nlmsghdr and struct genlmsghdr before the attributes. */
export function encodeRequest(family: number, command: number, attribute: Buffer): Buffer {
  const message = Buffer.alloc(MESSAGE_HEADER + GENERIC_HEADER + attribute.length);
  message.writeUInt32LE(message.length, 0);
  message.writeUInt16LE(family, 4);
  message.writeUInt16LE(NLM_F_REQUEST, 6);
  message.writeUInt8(command, MESSAGE_HEADER);
  message.writeUInt8(1, MESSAGE_HEADER + 1);
  attribute.copy(message, MESSAGE_HEADER + GENERIC_HEADER);
  return message;
}

/** The attributes of the first message, or the positive errno that the kernel answered with. */
export function decodeReply(reply: Buffer): Attributes | number {
  if (reply.length < MESSAGE_HEADER + GENERIC_HEADER) {
    throw new ExporterError(`read netlink reply: ${reply.length} bytes are less than a header`);
  }
  const length = Math.min(reply.readUInt32LE(0), reply.length);
  if (reply.readUInt16LE(4) === NLMSG_ERROR) {
    return -reply.readInt32LE(MESSAGE_HEADER);
  }
  return decodeAttributes(reply.subarray(MESSAGE_HEADER + GENERIC_HEADER, length));
}

/** A socket in the network namespace of the thread that opens it. */
export class GenericNetlink {
  readonly #fd: number;

  constructor() {
    const { socket, setsockopt } = libc();
    this.#fd = checkErrno(
      'open netlink socket',
      socket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_GENERIC),
    );
    const timeout = Buffer.alloc(16);
    timeout.writeBigInt64LE(RECEIVE_TIMEOUT_S);
    setsockopt(this.#fd, SOL_SOCKET, SO_RCVTIMEO, timeout, timeout.length);
  }

  /** Throws with the errno's symbol where the kernel refuses or stays silent for 2 s. */
  request(family: number, command: number, attribute: Buffer): Attributes {
    const { send, recv } = libc();
    const message = encodeRequest(family, command, attribute);
    checkErrno('send netlink request', send(this.#fd, message, message.length, 0));
    const reply = Buffer.alloc(REPLY_SIZE_BYTES);
    const length = checkErrno('read netlink reply', recv(this.#fd, reply, reply.length, 0));
    const decoded = decodeReply(reply.subarray(0, length));
    if (typeof decoded === 'number') {
      throw new ExporterError(`send netlink request ${command}: ${errnoName(decoded)}`);
    }
    return decoded;
  }

  close(): void {
    libc().close(this.#fd);
  }
}

function align(length: number): number {
  return (length + 3) & ~3;
}
