// SPDX-License-Identifier: Apache-2.0
// A folder such as /etc/xdp-exporter, with certificates and files of --web.config.file that are made of the shipped examples.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import bcrypt from 'bcryptjs';
import { Authority, type KeyPair } from './authority.ts';

const EXAMPLES = fileURLToPath(new URL('../../../../deploy/web-config/', import.meta.url));

/** The hash in the examples. */
const EXAMPLE_HASH = /\$2y\$10\$.{53}/;

/** A check takes a few milliseconds. */
const COST = 6;

export const hashOf = (password: string, cost = COST) => bcrypt.hashSync(password, cost);

export class WebFolder {
  readonly authority = new Authority();
  /** A certificate for clients. */
  readonly client: KeyPair;

  constructor() {
    copyFileSync(this.authority.certFile, this.path('client-ca.crt'));
    this.client = this.authority.sign('client', 'DNS:prometheus.example');
    this.renewCertificate('first');
  }

  path(name: string): string {
    return join(this.authority.folder, name);
  }

  /** Another certificate and key in the place of those before. @param name its common name */
  renewCertificate(name: string): void {
    const { certFile, keyFile } = this.authority.sign(name, 'IP:127.0.0.1,DNS:localhost');
    copyFileSync(certFile, this.path('tls.crt'));
    copyFileSync(keyFile, this.path('tls.key'));
  }

  /** Writes the file web.yml. @returns its path */
  write(text: string): string {
    const path = this.path('web.yml');
    writeFileSync(path, text);
    return path;
  }

  /** An example that is shipped, as it is or with a password that somebody knows. */
  example(name: string, password?: string): string {
    const text = readFileSync(join(EXAMPLES, name), 'utf8');
    // A replacement in text would take the dollars of the hash for its own.
    return password === undefined ? text : text.replace(EXAMPLE_HASH, () => hashOf(password));
  }

  close(): void {
    this.authority.close();
  }
}
