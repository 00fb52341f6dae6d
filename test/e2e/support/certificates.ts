// SPDX-License-Identifier: Apache-2.0
// Certificates for 127.0.0.1, good ones and bad ones, made by openssl(1).
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

export interface Certificates {
  /** File of the authority that signed all but `unknown`. */
  readonly caFile: string;
  readonly good: KeyPair;
  readonly expired: KeyPair;
  readonly wrongName: KeyPair;
  readonly unknown: KeyPair;
  close(): void;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'xdp-certificates-'));
  const openssl = (...args: readonly string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const authority = (name: string) =>
    openssl(
      'req',
      '-x509',
      ...KEY,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
      '-subj',
      `/CN=${name}`,
    );
  const sign = (name: string, ca: string, alternative: string, days: number): KeyPair => {
    writeFileSync(join(folder, 'extensions'), `subjectAltName=${alternative}`);
    openssl('req', ...KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, '-days', String(days)],
      ...['-CA', `${ca}.pem`, '-CAkey', `${ca}.key`, '-extfile', 'extensions'],
    );
    const read = (file: string) => readFileSync(join(folder, file), 'utf8');
    return { key: read(`${name}.key`), cert: read(`${name}.pem`) };
  };
  authority('ca');
  authority('other');
  return {
    caFile: join(folder, 'ca.pem'),
    good: sign('good', 'ca', 'IP:127.0.0.1', 2),
    expired: sign('expired', 'ca', 'IP:127.0.0.1', -1),
    wrongName: sign('wrong', 'ca', 'DNS:elsewhere.example', 2),
    unknown: sign('unknown', 'other', 'IP:127.0.0.1', 2),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
