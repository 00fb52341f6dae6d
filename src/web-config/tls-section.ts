// SPDX-License-Identifier: Apache-2.0
// tls_server_config: the certificate of this server, and what it asks of clients.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { readBoundedFile } from '../bounded-file.ts';
import { errorMessage } from '../errors.ts';
import type { Section } from './section.ts';
import { CIPHERS, CURVES, VERSION_ORDER, VERSIONS } from './tls-names.ts';
import { tlsOptionsOf } from './tls-options.ts';
import { CLIENT_AUTH_TYPES, type ClientAuthType, type TlsSettings } from './web-security.ts';

/** A bundle of all public authorities has 250 KiB. */
const MAX_PEM_BYTES = 2 ** 20;

export const TLS_KEYS = [
  'cert_file',
  'cert',
  'key_file',
  'key',
  'client_auth_type',
  'client_ca_file',
  'client_ca',
  'client_allowed_sans',
  'min_version',
  'max_version',
  'cipher_suites',
  'curve_preferences',
  'prefer_server_cipher_suites',
] as const;

const AUTH_TYPES: Readonly<Record<string, ClientAuthType>> = {
  ...Object.fromEntries(CLIENT_AUTH_TYPES.map((type) => [type, type])),
  // Its older name, which the toolkit still takes.
  RequireClientCert: 'RequireAnyClientCert',
};

const VERIFYING: readonly ClientAuthType[] = [
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
];

interface Pem {
  /** The key of the section that it came by. */
  readonly by: string;
  readonly text: string;
}

/**
 * @param configPath of the file that the section is in: the paths in it are relative to its folder
 * @param onFile is told of each file that is named, before it is read
 * @throws ConfigError
 */
export function readTlsSection(
  section: Section,
  configPath: string,
  onFile: (path: string) => void,
): TlsSettings {
  const pem = (name: string) => readPem(section, name, dirname(configPath), onFile);
  const cert = pem('cert');
  const key = pem('key');
  if (cert === undefined || key === undefined) {
    const [there = 'cert'] = section.keys;
    const missing = cert === undefined ? 'certificate' : 'key';
    const word = cert === undefined ? 'cert' : 'key';
    throw section.complain(there, `there is no ${missing}`, `add ${word}_file, or ${word}`);
  }
  checkPair(section, cert, key);
  const clientCa = pem('client_ca');
  if (clientCa !== undefined) {
    checkCertificate(section, clientCa);
  }
  const settings = {
    cert: cert.text,
    key: key.text,
    ...(clientCa === undefined ? {} : { clientCa: clientCa.text }),
    ...readClientAuth(section, clientCa),
    ...readProtocol(section),
  };
  try {
    createSecureContext(tlsOptionsOf(settings));
  } catch (error) {
    throw section.complain(cert.by, reasonOf(error), 'make a new key and certificate', {
      cause: error,
    });
  }
  return settings;
}

/** Written into the file itself, or in a file of its own. */
function readPem(
  section: Section,
  name: string,
  folder: string,
  onFile: (path: string) => void,
): Pem | undefined {
  const byPath = `${name}_file`;
  const path = section.text(byPath);
  const text = section.text(name);
  if (path === undefined) {
    return text === undefined ? undefined : { by: name, text };
  }
  if (text !== undefined) {
    throw section.complain(byPath, `${name} is set as well`, 'set only one of the two');
  }
  const absolute = resolve(folder, path);
  onFile(absolute);
  try {
    return { by: byPath, text: readBoundedFile(absolute, MAX_PEM_BYTES).bytes.toString('utf8') };
  } catch (error) {
    throw section.complain(byPath, errorMessage(error), 'give a file that the exporter can read', {
      value: absolute,
      cause: error,
    });
  }
}

function checkPair(section: Section, cert: Pem, key: Pem): void {
  const certificate = checkCertificate(section, cert);
  let isPair: boolean;
  try {
    isPair = certificate.checkPrivateKey(createPrivateKey(key.text));
  } catch (_error) {
    const isEncrypted = key.text.includes('ENCRYPTED');
    throw isEncrypted
      ? section.complain(
          key.by,
          'the key needs a passphrase',
          'remove it: openssl pkey -in OLD -out NEW',
        )
      : section.complain(
          key.by,
          'not a private key in PEM',
          'begin with -----BEGIN PRIVATE KEY-----',
        );
  }
  if (!isPair) {
    throw section.complain(
      key.by,
      'the key does not belong to the certificate',
      'give the key that the certificate was made for',
    );
  }
}

/** Of the first one in it. */
function checkCertificate(section: Section, { by, text }: Pem): X509Certificate {
  try {
    // Node takes DER as well, and OpenSSL skips what is no PEM without a word.
    if (!text.includes('-----BEGIN ')) {
      throw new TypeError('no PEM');
    }
    return new X509Certificate(text);
  } catch (cause) {
    throw section.complain(
      by,
      'not a certificate in PEM',
      'begin with -----BEGIN CERTIFICATE-----',
      { cause },
    );
  }
}

function readClientAuth(
  section: Section,
  clientCa: Pem | undefined,
): Pick<TlsSettings, 'clientAuth' | 'clientAllowedSans'> {
  const clientAuth = section.choice('client_auth_type', AUTH_TYPES) ?? 'NoClientCert';
  const verifies = VERIFYING.includes(clientAuth);
  if (clientCa !== undefined && clientAuth === 'NoClientCert') {
    throw section.complain(
      clientCa.by,
      'no client certificate is requested',
      'add client_auth_type: RequireAndVerifyClientCert',
    );
  }
  if (verifies && clientCa === undefined) {
    throw section.complain(
      'client_auth_type',
      'there is no CA to verify certificates with',
      'add client_ca_file',
      { value: clientAuth },
    );
  }
  const names = section.texts('client_allowed_sans')?.map(({ text }) => text);
  if (names !== undefined && !verifies) {
    throw section.complain(
      'client_allowed_sans',
      'names in unverified certificates prove nothing',
      'set client_auth_type to RequireAndVerifyClientCert',
    );
  }
  return { clientAuth, ...(names === undefined ? {} : { clientAllowedSans: names }) };
}

function readProtocol(section: Section) {
  const minVersion = section.choice('min_version', VERSIONS) ?? 'TLSv1.2';
  const maxVersion = section.choice('max_version', VERSIONS) ?? 'TLSv1.3';
  if (VERSION_ORDER.indexOf(minVersion) > VERSION_ORDER.indexOf(maxVersion)) {
    const by = section.has('min_version') ? 'min_version' : 'max_version';
    throw section.complain(
      by,
      `${minVersion} is newer than ${maxVersion}`,
      'set min_version to the older one',
    );
  }
  const ciphers = section.choices('cipher_suites', CIPHERS);
  const curves = section.choices('curve_preferences', CURVES);
  return {
    minVersion,
    maxVersion,
    ...(ciphers === undefined || ciphers.length === 0 ? {} : { ciphers }),
    ...(curves === undefined || curves.length === 0 ? {} : { curves }),
    preferServerCiphers: section.flag('prefer_server_cipher_suites') ?? true,
  };
}

/** OpenSSL's own words, without the numbers in front. */
function reasonOf(error: unknown): string {
  const { reason } = error as { reason?: string };
  return reason ?? errorMessage(error);
}
