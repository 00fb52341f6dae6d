// SPDX-License-Identifier: Apache-2.0
// "host:port" as --web.listen-address takes it and as messages show it.
import { isIP } from 'node:net';
import { ConfigError } from '../errors.ts';

export interface ListenAddress {
  /** A name or an address, IPv6 without brackets. Empty: every interface. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/**
 * Groups: the inside of brackets, or a host without colons; the port. An IPv4 address may have brackets too, as in
 * Go's exporters: who writes "[$(HOST_IP)]:10390" in a manifest does not know the family.
 */
const ADDRESS = /^(?:\[([^\]]+)\]|([\w.-]*)):(\d{1,5})$/;
const LARGEST_PORT = 65_535;

/**
 * Names are resolved only when listening.
 * @throws ConfigError with the cause and a remedy; whoever read the address puts its name in front
 */
export function parseListenAddress(text: string): ListenAddress {
  const [, bracketed, bare = '', digits] = ADDRESS.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined) {
    throw invalid('not host:port');
  }
  if (port > LARGEST_PORT) {
    throw invalid(`port above ${LARGEST_PORT}`);
  }
  if (bracketed !== undefined && isIP(bracketed) === 0) {
    throw invalid('not an IP address in brackets');
  }
  return { host: bracketed ?? bare, port };
}

/** The inverse of `parseListenAddress`. */
export function formatListenAddress({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Whether an IP address is one that only this machine can reach. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./i.test(address);
}

function invalid(cause: string): ConfigError {
  return new ConfigError(
    `${cause}; write "127.0.0.1:10390", "[::1]:10390" or ":10390" for every interface`,
  );
}
