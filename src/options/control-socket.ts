// SPDX-License-Identifier: Apache-2.0
// The option of the control socket, which `run` listens on, and `top` and `log` look for.
import { ConfigError } from '../errors.ts';
import { text, type ValuesOf } from './option.ts';

/** Of a Unix socket: sun_path in unix(7), without the zero at its end. */
const MAX_PATH_BYTES = 107;

export const CONTROL = {
  'control.socket': text({
    takes: 'absolute path, `off` or nothing',
    default: '/run/xdp-exporter/control.sock',
    mayBeEmpty: true,
    parse: parseSocketPath,
    help: 'Unix socket at which top and log join a running exporter; off or an empty value: none',
    example: '/tmp/xdp-exporter.sock',
  }),
};

export interface ControlConfig {
  /** Of the socket. */
  readonly path: string;
  /** Nobody has asked for it. */
  readonly isDefault: boolean;
}

/**
 * Empty where there is to be no control socket.
 * @param origin what asked for it
 */
export function readControlConfig(
  values: ValuesOf<typeof CONTROL>,
  origin: string | undefined,
): { control?: ControlConfig } {
  const path = values['control.socket'];
  return path === undefined ? {} : { control: { path, isDefault: origin === undefined } };
}

/** Undefined: none. */
function parseSocketPath(path: string): string | undefined {
  if (path === '' || path === 'off') {
    return undefined;
  }
  if (!path.startsWith('/')) {
    throw new ConfigError('not an absolute path such as "/run/xdp-exporter/control.sock"');
  }
  const bytes = Buffer.byteLength(path);
  if (bytes > MAX_PATH_BYTES) {
    throw new ConfigError(`${bytes} bytes long; the kernel takes paths of up to ${MAX_PATH_BYTES}`);
  }
  return path;
}
