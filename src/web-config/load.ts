// SPDX-License-Identifier: Apache-2.0
// Reads the file of --web.config.file and all that it names: the format of Prometheus' exporter-toolkit.
import { resolve } from 'node:path';
import { readYamlFile } from '../options/yaml-file.ts';
import { HTTP_KEYS, readHttpSection } from './http-section.ts';
import { Section } from './section.ts';
import { readTlsSection, TLS_KEYS } from './tls-section.ts';
import { readUsersSection } from './users-section.ts';
import type { WebSecurity } from './web-security.ts';

const KEYS = ['tls_server_config', 'http_server_config', 'basic_auth_users'] as const;

/**
 * @param origin what named the file
 * @param onFile is told of each file that it names, before that is read
 * @throws ConfigError "read FILE:LINE: KEY: cause; remedy" for the first thing that will not do
 */
export async function loadWebSecurity(
  path: string,
  origin: string,
  onFile: (path: string) => void = () => {},
): Promise<WebSecurity> {
  const file = await readYamlFile(path, origin, 'tls_server_config:');
  const root = new Section(file, '', file.entries, KEYS);
  const tls = root.section('tls_server_config', TLS_KEYS);
  const http = root.section('http_server_config', HTTP_KEYS);
  const users = root.section('basic_auth_users');
  return {
    ...(tls === undefined || tls.keys.length === 0
      ? {}
      : { tls: readTlsSection(tls, resolve(path), onFile) }),
    headers: http === undefined ? {} : readHttpSection(http),
    users: users === undefined ? new Map() : readUsersSection(users),
  };
}
