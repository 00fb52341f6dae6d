// SPDX-License-Identifier: Apache-2.0
// An authority of a test's own, and certificates that it signs, made by openssl(1) in a folder that goes with it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface KeyPair {
  readonly key: string;
  readonly cert: string;
  readonly keyFile: string;
  readonly certFile: string;
}

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export class Authority {
  readonly folder = mkdtempSync(join(tmpdir(), 'xdp-authority-'));
  readonly #name: string;

  /** @param name of its own certificate, and of its files */
  constructor(name = 'ca') {
    this.#name = name;
    this.#openssl(
      ...['req', '-x509', ...CURVE, '-keyout', `${name}.key`, '-out', `${name}.pem`],
      ...['-subj', `/CN=${name}`],
    );
  }

  /** Its certificate. */
  get certFile(): string {
    return join(this.folder, `${this.#name}.pem`);
  }

  get cert(): string {
    return readFileSync(this.certFile, 'utf8');
  }

  /**
   * @param alternative as openssl takes it: "IP:127.0.0.1,DNS:localhost"
   * @param days until it ends; below zero it has ended
   */
  sign(name: string, alternative: string, days = 2): KeyPair {
    writeFileSync(join(this.folder, 'extensions'), `subjectAltName=${alternative}`);
    const [key, cert, request] = ['key', 'pem', 'csr'].map((ending) => `${name}.${ending}`);
    this.#openssl(
      'req',
      ...CURVE,
      '-keyout',
      `${key}`,
      '-out',
      `${request}`,
      '-subj',
      `/CN=${name}`,
    );
    this.#openssl(
      ...['x509', '-req', '-in', `${request}`, '-out', `${cert}`, '-days', String(days)],
      ...['-CA', `${this.#name}.pem`, '-CAkey', `${this.#name}.key`, '-CAcreateserial'],
      ...['-extfile', 'extensions'],
    );
    const keyFile = join(this.folder, `${key}`);
    const certFile = join(this.folder, `${cert}`);
    const read = (file: string) => readFileSync(file, 'utf8');
    return { key: read(keyFile), cert: read(certFile), keyFile, certFile };
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { cwd: this.folder, stdio: 'pipe' });
  }
}
