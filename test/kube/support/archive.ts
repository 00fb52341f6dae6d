// SPDX-License-Identifier: Apache-2.0
// The image of the Dockerfile, in an archive that any podman loads.
import { join } from 'node:path';
import { buildImage, IMAGE } from '../../image/support/built-image.ts';
import { createPodman } from '../../image/support/podman.ts';

/** An archive of an earlier build, to save the two minutes of another. */
const GIVEN = process.env['XDP_EXPORTER_TEST_IMAGE'];

/** @param use gets the archive's path, which is gone afterwards */
export async function withImageArchive(use: (path: string) => Promise<void>): Promise<void> {
  if (GIVEN !== undefined) {
    await use(GIVEN);
    return;
  }
  const podman = await createPodman();
  try {
    await buildImage(podman);
    const path = join(podman.folder, 'image.tar');
    await podman.run(['save', '--output', path, IMAGE]);
    await use(path);
  } finally {
    await podman.close();
  }
}
