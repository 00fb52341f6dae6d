// SPDX-License-Identifier: Apache-2.0
// The names in a client's certificate, as the toolkit compares them.
import { isIPv6, SocketAddress } from 'node:net';

/**
 * One entry of what OpenSSL and Node write: its kind and, where the value has odd signs, a JSON string, so that no value
 * can pass for two.
 */
const ENTRY = /(DNS|email|IP Address|URI|[^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/gy;

const COMPARED = ['DNS', 'email', 'IP Address', 'URI'];

/** @param subjectAltName as X509Certificate has it: "DNS:a.example, IP Address:192.0.2.1" */
export function namesOf(subjectAltName: string): readonly string[] {
  return [...subjectAltName.matchAll(ENTRY)]
    .filter(([, kind = '']) => COMPARED.includes(kind))
    .map(([, kind = '', value = '']) => canonical(kind, value));
}

function canonical(kind: string, value: string): string {
  const text = value.startsWith('"') ? String(JSON.parse(value)) : value;
  return kind === 'IP Address' && isIPv6(text)
    ? new SocketAddress({ address: text, family: 'ipv6' }).address
    : text;
}
