// SPDX-License-Identifier: Apache-2.0
// Certificates for 127.0.0.1, good ones and bad ones.
import { Authority, type KeyPair } from './authority.ts';

export interface Certificates {
  /** File of the authority that signed all but `unknown`. */
  readonly caFile: string;
  readonly good: KeyPair;
  readonly expired: KeyPair;
  readonly wrongName: KeyPair;
  readonly unknown: KeyPair;
  close(): void;
}

export function makeCertificates(): Certificates {
  const ca = new Authority();
  const other = new Authority('other');
  return {
    caFile: ca.certFile,
    good: ca.sign('good', 'IP:127.0.0.1'),
    expired: ca.sign('expired', 'IP:127.0.0.1', -1),
    wrongName: ca.sign('wrong', 'DNS:elsewhere.example'),
    unknown: other.sign('unknown', 'IP:127.0.0.1'),
    close() {
      ca.close();
      other.close();
    },
  };
}
