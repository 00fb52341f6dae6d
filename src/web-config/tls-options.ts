// SPDX-License-Identifier: Apache-2.0
// Settings of TLS as Node takes them.
import { constants } from 'node:crypto';
import type { TlsOptions } from 'node:tls';
import { TLS13_CIPHERS } from './tls-names.ts';
import type { TlsSettings } from './web-security.ts';

/** A default cipher list of Node's own stays in force where none is named. */
export function tlsOptionsOf(settings: TlsSettings): TlsOptions {
  const { cert, key, clientCa, clientAuth, minVersion, maxVersion, curves } = settings;
  const ciphers = cipherListOf(settings);
  return {
    cert,
    key,
    ...(clientCa === undefined ? {} : { ca: clientCa }),
    minVersion,
    maxVersion,
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(curves === undefined ? {} : { ecdhCurve: curves.join(':') }),
    honorCipherOrder: settings.preferServerCiphers,
    requestCert: clientAuth !== 'NoClientCert',
    // Where anybody's certificate will do, the one that has it is asked: no authority has to have signed it.
    rejectUnauthorized: clientAuth === 'RequireAndVerifyClientCert',
    // Another handshake on the same connection costs the server far more than the client.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    ALPNProtocols: ['http/1.1'],
  };
}

function cipherListOf({ ciphers, minVersion }: TlsSettings): string | undefined {
  // OpenSSL 3 has the hashes of TLS 1.0 and 1.1 at its lowest level of security alone.
  const isOld = minVersion === 'TLSv1' || minVersion === 'TLSv1.1';
  if (ciphers === undefined) {
    return isOld ? 'DEFAULT@SECLEVEL=0' : undefined;
  }
  const list = [...new Set([...TLS13_CIPHERS, ...ciphers])];
  return [...list, ...(isOld ? ['@SECLEVEL=0'] : [])].join(':');
}
