// SPDX-License-Identifier: Apache-2.0
// What the file of --web.config.file comes to, with the contents of the files that it names: plain data, for both processes.

/** As Go calls them: whether a client is asked for a certificate, needs one, and has it verified. */
export const CLIENT_AUTH_TYPES = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;

export type ClientAuthType = (typeof CLIENT_AUTH_TYPES)[number];

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

export interface TlsSettings {
  /** PEM: the certificate, and those between it and the authority. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  /** PEM: who may have signed a client's certificate. */
  readonly clientCa?: string;
  readonly clientAuth: ClientAuthType;
  /** A verified certificate needs one of these names; absent: any will do. */
  readonly clientAllowedSans?: readonly string[];
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** For TLS 1.2 and older, in OpenSSL's names and the order of preference. */
  readonly ciphers?: readonly string[];
  /** In OpenSSL's names. */
  readonly curves?: readonly string[];
  readonly preferServerCiphers: boolean;
}

export interface WebSecurity {
  /** Absent: HTTP in the clear. */
  readonly tls?: TlsSettings;
  /** In every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** The bcrypt hash of each user's password; empty: nobody is asked for one. */
  readonly users: ReadonlyMap<string, string>;
}

/** Where no file says otherwise. */
export const OPEN_TO_ALL: WebSecurity = { headers: {}, users: new Map() };
