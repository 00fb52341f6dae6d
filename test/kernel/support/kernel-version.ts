// SPDX-License-Identifier: Apache-2.0
// Skips by the kernel's version. The reason names the version, so that whoever reads the result can check it.
import { release } from 'node:os';

/** Whether this kernel is older. @param version two parts, such as "5.17" */
export function isBefore(version: string): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = version.split('.').map(Number);
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}

/** For the `skip` option of node:test. @param purpose what that kernel brought */
export function skipBefore(version: string, purpose: string): string | false {
  return isBefore(version) && `needs Linux ${version} ${purpose}`;
}

/** Likewise, for what only older kernels do. */
export function skipFrom(version: string, purpose: string): string | false {
  return !isBefore(version) && `needs Linux before ${version} ${purpose}`;
}
