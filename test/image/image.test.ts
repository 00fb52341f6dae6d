// SPDX-License-Identifier: Apache-2.0
// The image that the Dockerfile makes, built once for all of its tests.
import { after, before, describe } from 'node:test';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { testConfinement } from './confinement.ts';
import { testContents } from './contents.ts';
import { testDoctor } from './doctor.ts';
import { buildImage } from './support/built-image.ts';
import { succeed } from './support/command.ts';
import { createPodman, type Podman } from './support/podman.ts';
import { type SeccompProfiles, writeProfiles } from './support/seccomp.ts';

describe('the container image', { skip: skipUnlessRoot }, () => {
  let podman: Podman;
  let lab: Lab;
  let seccomp: SeccompProfiles;

  before(async () => {
    podman = await createPodman();
    seccomp = writeProfiles(podman.folder);
    lab = await createLab({ name: 'image' });
    // The exporter serves there too.
    await succeed('ip', ['-netns', lab.rx.netns, 'link', 'set', 'lo', 'up']);
    await buildImage(podman);
  });
  after(async () => {
    await podman?.close();
    await lab?.close();
  });

  testContents(() => podman);
  testConfinement(() => ({ podman, lab, seccomp }));
  testDoctor(() => ({ podman, lab, seccomp }));
});
