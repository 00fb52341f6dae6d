// SPDX-License-Identifier: Apache-2.0
// Files of --web.config.file that will not do, each with the one line that says where and what to do.

export interface BrokenFile {
  readonly what: string;
  /** {name} is a file of the folder; see `load.test.ts`. */
  readonly yaml: string;
  /** What follows "read FILE". */
  readonly line: string;
}

const PAIR = 'cert_file: server.pem, key_file: server.key';
const tls = (more: string) => `tls_server_config: { ${PAIR}, ${more} }`;
const HASH = `$2y$10$${'a'.repeat(53)}`;

const NO_CERTIFICATE = 'not a certificate in PEM; begin with -----BEGIN CERTIFICATE-----';
const HASH_REMEDY = 'write what `htpasswd -nBC 10 USER` prints after the colon';
const VERSION_NAMES = 'write one of TLS10, TLS11, TLS12, TLS13';

export const BROKEN_FILES: readonly BrokenFile[] = [
  {
    what: 'no YAML',
    yaml: 'basic_auth_users:\n  prom: [\n',
    line: ':3: Flow sequence in block collection must be sufficiently indented and end with a ]; correct the YAML there',
  },
  {
    what: 'a key twice',
    yaml: 'basic_auth_users: {}\nbasic_auth_users: {}\n',
    line: ':2: Map keys must be unique; correct the YAML there',
  },
  {
    what: 'a list',
    yaml: '- tls_server_config\n',
    line: ':1: not a map; write lines such as "tls_server_config:"',
  },
  {
    what: 'an unknown section',
    yaml: '\ntls_config: {}\n',
    line: ':2: tls_config: unknown key; write one of tls_server_config, http_server_config, basic_auth_users',
  },
  {
    what: 'a slip in a section',
    yaml: 'basic_auth_user: {}\n',
    line: ':1: basic_auth_user: unknown key; did you mean "basic_auth_users"?',
  },
  {
    what: 'a slip in a key',
    yaml: 'tls_server_config:\n  cert_file: server.pem\n  keyfile: server.key\n',
    line: ':3: tls_server_config.keyfile: unknown key; did you mean "key_file"?',
  },
  {
    what: 'a text for a section',
    yaml: 'tls_server_config: server.pem\n',
    line: ':1: tls_server_config: not a map; write its keys on the lines below, with two spaces',
  },
  {
    what: 'a list for a path',
    yaml: 'tls_server_config:\n  cert_file: [server.pem]\n',
    line: ':2: tls_server_config.cert_file: not a single text; write a text, in quotes if it has special characters',
  },
  {
    what: 'a certificate without a key',
    yaml: 'tls_server_config:\n  cert_file: server.pem\n',
    line: ':2: tls_server_config.cert_file: there is no key; add key_file, or key',
  },
  {
    what: 'a key without a certificate',
    yaml: 'tls_server_config:\n  key_file: server.key\n',
    line: ':2: tls_server_config.key_file: there is no certificate; add cert_file, or cert',
  },
  {
    what: 'settings of TLS alone',
    yaml: 'tls_server_config:\n  min_version: TLS13\n',
    line: ':2: tls_server_config.min_version: there is no certificate; add cert_file, or cert',
  },
  {
    what: 'a certificate by file and inline',
    yaml: 'tls_server_config:\n  key_file: server.key\n  cert: x\n  cert_file: server.pem\n',
    line: ':4: tls_server_config.cert_file: cert is set as well; set only one of the two',
  },
  {
    what: 'a key by file and inline',
    yaml: 'tls_server_config:\n  cert_file: server.pem\n  key: secret\n  key_file: server.key\n',
    line: ':4: tls_server_config.key_file: key is set as well; set only one of the two',
  },
  {
    what: 'an authority by file and inline',
    yaml: `tls_server_config:\n  ${PAIR.replace(', ', '\n  ')}\n  client_ca: x\n  client_ca_file: ca.pem\n`,
    line: ':5: tls_server_config.client_ca_file: client_ca is set as well; set only one of the two',
  },
  {
    what: 'a certificate that is not there',
    yaml: 'tls_server_config:\n  cert_file: none.pem\n  key_file: server.key\n',
    line: ':2: tls_server_config.cert_file "{none.pem}": no such file; give a file that the exporter can read',
  },
  {
    what: 'a key that is a folder',
    yaml: 'tls_server_config:\n  cert_file: server.pem\n  key_file: .\n',
    line: ':3: tls_server_config.key_file "{.}": not a regular file; give a file that the exporter can read',
  },
  {
    what: 'an authority that is too large',
    yaml: tls('client_ca_file: large'),
    line: ':1: tls_server_config.client_ca_file "{large}": 1048577 bytes; at most 1048576 are read; give a file that the exporter can read',
  },
  {
    what: 'a certificate that is none',
    yaml: 'tls_server_config:\n  cert_file: text\n  key_file: server.key\n',
    line: `:2: tls_server_config.cert_file: ${NO_CERTIFICATE}`,
  },
  {
    what: 'a key for a certificate',
    yaml: 'tls_server_config:\n  cert_file: server.key\n  key_file: server.key\n',
    line: `:2: tls_server_config.cert_file: ${NO_CERTIFICATE}`,
  },
  {
    what: 'a key that is none',
    yaml: 'tls_server_config:\n  cert_file: server.pem\n  key: secret\n',
    line: ':3: tls_server_config.key: not a private key in PEM; begin with -----BEGIN PRIVATE KEY-----',
  },
  {
    what: 'a key with a passphrase',
    yaml: 'tls_server_config:\n  cert_file: server.pem\n  key_file: locked.key\n',
    line: ':3: tls_server_config.key_file: the key needs a passphrase; remove it: openssl pkey -in OLD -out NEW',
  },
  {
    what: 'the key of another certificate',
    yaml: 'tls_server_config:\n  cert_file: server.pem\n  key_file: ca.key\n',
    line: ':3: tls_server_config.key_file: the key does not belong to the certificate; give the key that the certificate was made for',
  },
  {
    what: 'a key that is too weak',
    yaml: 'tls_server_config:\n  cert_file: weak.pem\n  key_file: weak.key\n',
    line: ':2: tls_server_config.cert_file: ee key too small; make a new key and certificate',
  },
  {
    what: 'an authority that is none',
    yaml: tls('client_auth_type: RequireAndVerifyClientCert, client_ca_file: text'),
    line: `:1: tls_server_config.client_ca_file: ${NO_CERTIFICATE}`,
  },
  {
    what: 'an unknown type of authentication',
    yaml: tls('client_auth_type: RequireAndVerifyClientCerts'),
    line: ':1: tls_server_config.client_auth_type "RequireAndVerifyClientCerts": it is not known; did you mean "RequireAndVerifyClientCert"?',
  },
  {
    what: 'an authority for nobody',
    yaml: tls('client_ca_file: ca.pem'),
    line: ':1: tls_server_config.client_ca_file: no client certificate is requested; add client_auth_type: RequireAndVerifyClientCert',
  },
  {
    what: 'a type that verifies, without an authority',
    yaml: tls('client_auth_type: VerifyClientCertIfGiven'),
    line: ':1: tls_server_config.client_auth_type "VerifyClientCertIfGiven": there is no CA to verify certificates with; add client_ca_file',
  },
  {
    what: 'names that nobody verifies',
    yaml: tls('client_auth_type: RequireAnyClientCert, client_allowed_sans: [a]'),
    line: ':1: tls_server_config.client_allowed_sans: names in unverified certificates prove nothing; set client_auth_type to RequireAndVerifyClientCert',
  },
  {
    what: 'a text for a list',
    yaml: tls('client_auth_type: NoClientCert, cipher_suites: TLS_AES_128_GCM_SHA256'),
    line: ':1: tls_server_config.cipher_suites: not a list; write its items in brackets: [a, b]',
  },
  {
    what: 'an unknown version',
    yaml: tls('min_version: SSL30'),
    line: `:1: tls_server_config.min_version "SSL30": it is not known; ${VERSION_NAMES}`,
  },
  {
    what: 'a version by its number',
    yaml: tls('max_version: 1.3'),
    line: `:1: tls_server_config.max_version "1.3": it is not known; ${VERSION_NAMES}`,
  },
  {
    what: 'versions the wrong way round',
    yaml: tls('min_version: TLS13, max_version: TLS12'),
    line: ':1: tls_server_config.min_version: TLSv1.3 is newer than TLSv1.2; set min_version to the older one',
  },
  {
    what: 'an unknown cipher',
    yaml: `tls_server_config:\n  ${PAIR.replace(', ', '\n  ')}\n  cipher_suites:\n    - TLS_AES_128_GCM_SHA256\n    - TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA25\n`,
    line: ':6: tls_server_config.cipher_suites "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA25": it is not known; did you mean "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"?',
  },
  {
    what: 'an unknown curve',
    yaml: tls('curve_preferences: [P-256]'),
    line: ':1: tls_server_config.curve_preferences "P-256": it is not known; write one of CurveP256, CurveP384, CurveP521, X25519',
  },
  {
    what: 'a text for a switch',
    yaml: tls('prefer_server_cipher_suites: maybe'),
    line: ':1: tls_server_config.prefer_server_cipher_suites: neither true nor false; write one of the two',
  },
  {
    what: 'HTTP/2',
    yaml: 'http_server_config:\n  http2: true\n',
    line: ':2: http_server_config.http2 "true": HTTP/2 is not supported; set it to false or remove it: the exporter serves HTTP/1.1, which Prometheus supports',
  },
  {
    what: 'an unknown header',
    yaml: 'http_server_config:\n  headers:\n    Server: x\n',
    line: ':3: http_server_config.headers.Server: unknown key; write one of Content-Security-Policy, Strict-Transport-Security, X-Content-Type-Options, X-Frame-Options, X-XSS-Protection',
  },
  {
    what: 'a value that a header does not take',
    yaml: 'http_server_config:\n  headers:\n    X-Frame-Options: never\n',
    line: ':3: http_server_config.headers.X-Frame-Options "never": it is not known; write deny or sameorigin',
  },
  {
    what: 'a header of two lines',
    yaml: 'http_server_config:\n  headers:\n    X-XSS-Protection: "0\\r\\nSet-Cookie: a=b"\n',
    line: ':3: http_server_config.headers.X-XSS-Protection: no header may hold that; write printable ASCII on one line',
  },
  {
    what: 'a password in the clear',
    yaml: 'basic_auth_users:\n  prom: secret\n',
    line: `:2: basic_auth_users.prom: not a bcrypt hash; ${HASH_REMEDY}`,
  },
  {
    what: 'a hash of another kind',
    yaml: `basic_auth_users:\n  prom: $2x$${HASH.slice(4)}\n`,
    line: `:2: basic_auth_users.prom: not a bcrypt hash; ${HASH_REMEDY}`,
  },
  {
    what: 'a hash that is dearer than a scrape',
    yaml: `basic_auth_users:\n  a: ${HASH}\n  b: ${HASH.replace('$10$', '$15$')}\n`,
    line: ':3: basic_auth_users.b: a hash of cost 15 takes longer to check than a scrape may; make one with a cost of 14 or less',
  },
  {
    what: 'a name that no client can send',
    yaml: `basic_auth_users:\n  "a:b": ${HASH}\n`,
    line: ':2: basic_auth_users.a:b: no client can send that name; remove colons and control characters',
  },
];
