// SPDX-License-Identifier: Apache-2.0
// A TCP socket that listens, for another process to accept from.
import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { ConfigError, SystemError } from '../errors.ts';
import { checkErrno } from '../ffi/errno.ts';
import { libc } from '../ffi/libc.ts';
import { formatAddress, parseAddress } from '../snapshot/address.ts';

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM_NONBLOCK_CLOEXEC = 1 | 0o4000 | 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_TYPE = 3;
const SO_ACCEPTCONN = 30;
const SOCK_STREAM = 1;
const IPPROTO_IP = 0;
const IP_FREEBIND = 15;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;

const SOCKADDR_IN6_BYTES = 28;

/** As Node's own servers have it. */
const BACKLOG = 511;

export class ListeningSocket {
  readonly fd: number;
  /** The address, and not the name that was asked for. */
  readonly host: string;
  /** The real one, also where any free one was asked for. */
  readonly port: number;
  /** No device had the address when it was opened: nobody can connect until one has. */
  readonly isAddressAbsent: boolean;

  private constructor(fd: number, isAddressAbsent: boolean) {
    const isListening =
      readOption(fd, SO_TYPE) === SOCK_STREAM && readOption(fd, SO_ACCEPTCONN) === 1;
    const name = isListening ? readName(fd) : undefined;
    if (name === undefined) {
      throw new ConfigError(`descriptor ${fd} is no TCP socket that listens`);
    }
    this.fd = fd;
    this.host = name.host;
    this.port = name.port;
    this.isAddressAbsent = isAddressAbsent;
  }

  /**
   * Throws an Error with the `code` of what refused: the resolver, or the kernel.
   * @param host a name or an address; empty: every interface, of both families where the machine has both
   * @param port 0: any free one
   * @param mayBeAbsent whether to listen also on an address that no device has yet
   */
  static async open(host: string, port: number, mayBeAbsent = false): Promise<ListeningSocket> {
    if (host !== '') {
      const { address } = await lookup(host);
      return ListeningSocket.#listenOn(address, port, mayBeAbsent);
    }
    try {
      return ListeningSocket.#listenOn('::', port, false);
    } catch (error) {
      if (error instanceof SystemError && error.code === 'EADDRINUSE') {
        throw error;
      }
      return ListeningSocket.#listenOn('0.0.0.0', port, false);
    }
  }

  /**
   * One that this process has inherited.
   * @throws ConfigError where the descriptor is no TCP socket that listens
   */
  static adopt(fd: number): ListeningSocket {
    return new ListeningSocket(fd, false);
  }

  static #listenOn(host: string, port: number, mayBeAbsent: boolean): ListeningSocket {
    const address = encodeAddress(host, port);
    const { socket, listen, close } = libc();
    const family = address.readUInt16LE();
    const fd = checkErrno('open socket', socket(family, SOCK_STREAM_NONBLOCK_CLOEXEC, 0));
    try {
      setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
      if (family === AF_INET6) {
        // Whatever net.ipv6.bindv6only says: the address "::" is every interface, of both families.
        setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
      }
      const isAddressAbsent = bindTo(fd, address, mayBeAbsent);
      checkErrno('listen', listen(fd, BACKLOG));
      return new ListeningSocket(fd, isAddressAbsent);
    } catch (error) {
      close(fd);
      throw error;
    }
  }

  close(): void {
    libc().close(this.fd);
  }
}

/** Whether no device has the address, which can be where it may be absent: also one that is still looked for duplicates. */
function bindTo(fd: number, address: Buffer, mayBeAbsent: boolean): boolean {
  const { bind } = libc();
  try {
    checkErrno('bind', bind(fd, address, address.length));
    return false;
  } catch (error) {
    if (!mayBeAbsent || !(error instanceof SystemError) || error.code !== 'EADDRNOTAVAIL') {
      throw error;
    }
    setOption(fd, IPPROTO_IP, IP_FREEBIND, 1);
    checkErrno('bind', bind(fd, address, address.length));
    return true;
  }
}

/** Undefined for a socket of another kind. */
function readName(fd: number): { host: string; port: number } | undefined {
  const address = Buffer.alloc(SOCKADDR_IN6_BYTES);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(address.length);
  checkErrno('read socket name', libc().getsockname(fd, address, length));
  const family = address.readUInt16LE();
  const port = address.readUInt16BE(2);
  if (family === AF_INET) {
    return { host: formatAddress(address.subarray(4, 8), 'ipv4'), port };
  }
  if (family !== AF_INET6) {
    return undefined;
  }
  const scope = address.readUInt32LE(24);
  const host = formatAddress(address.subarray(8, 24), 'ipv6');
  return { host: scope === 0 ? host : `${host}%${scope}`, port };
}

/** Of the level SOL_SOCKET; undefined where the descriptor is no socket. */
function readOption(fd: number, option: number): number | undefined {
  const bytes = Buffer.alloc(4);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return libc().getsockopt(fd, SOL_SOCKET, option, bytes, length).value === 0
    ? bytes.readInt32LE()
    : undefined;
}

function setOption(fd: number, level: number, option: number, value: number): void {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  checkErrno('set socket option', libc().setsockopt(fd, level, option, bytes, bytes.length));
}

/** struct sockaddr_in, or struct sockaddr_in6, of an address that is known to be one. */
export function encodeAddress(host: string, port: number): Buffer {
  const isIpv6 = host.includes(':');
  const address = Buffer.alloc(isIpv6 ? SOCKADDR_IN6_BYTES : 16);
  address.writeUInt16LE(isIpv6 ? AF_INET6 : AF_INET);
  address.writeUInt16BE(port, 2);
  if (isIpv6) {
    const [bytes = '', zone] = host.split('%');
    address.set(parseAddress(bytes), 8);
    address.writeUInt32LE(zone === undefined ? 0 : scopeOf(zone), 24);
  } else {
    address.set(parseAddress(host).subarray(0, 4), 4);
  }
  return address;
}

/** The zone of a link-local address is an interface, by its name or its index. Throws ENODEV where there is none of that name. */
function scopeOf(zone: string): number {
  const addresses = networkInterfaces()[zone] ?? [];
  const [scope] = addresses.flatMap((entry) => (entry.family === 'IPv6' ? [entry.scopeid] : []));
  const index = scope ?? Number.parseInt(zone, 10);
  if (Number.isNaN(index)) {
    throw new SystemError('find interface', 'ENODEV');
  }
  return index;
}
