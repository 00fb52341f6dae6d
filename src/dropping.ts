// SPDX-License-Identifier: Apache-2.0
// What becomes of the process once it has given up its rights: it opens nothing any more, and says so.
import { accessSync, constants } from 'node:fs';
import type { Engine } from './engine/engine.ts';
import type { DropUser } from './engine/privileges.ts';
import { ExporterError } from './errors.ts';
import { dropRights } from './kernel/drop-rights.ts';
import type { Log } from './log.ts';
import { WIRE_ENTRY } from './supervisor/command.ts';

/** Throws an ExporterError where anything is kept, or where the exporter could not go on without. */
export function dropPrivileges(
  user: DropUser,
  engine: Pick<Engine, 'dropPrivileges'>,
  log: Log,
): void {
  engine.dropPrivileges(() => {
    dropRights(user);
    requireCode(user);
  });
  const { name, uid, gid } = user;
  log.info(
    'dropped privileges: until a restart, new devices and CPUs are not counted, and nothing is attached or observed again',
    { user: name, uid, gid },
  );
}

/** A wire that ends could not be started again by a user who may not read what it runs. */
function requireCode({ name }: DropUser): void {
  try {
    accessSync(WIRE_ENTRY, constants.R_OK);
  } catch (cause) {
    throw new ExporterError(
      `drop privileges: user "${name}" may not read "${WIRE_ENTRY}"; install xdp-exporter in a folder that every user can read`,
      { cause },
    );
  }
}
