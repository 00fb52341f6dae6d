// SPDX-License-Identifier: Apache-2.0
// The exporter in a container of the image, inside a network namespace that a test made.
import { randomUUID } from 'node:crypto';
import type { Samples } from '../../e2e/support/exposition.ts';
import { scrapeInside } from '../../e2e/support/fetch-inside.ts';
import { until } from '../../e2e/support/namespace.ts';
import { IMAGE } from './built-image.ts';
import type { Finished } from './command.ts';
import type { Podman } from './podman.ts';

const METRICS_URL = 'http://127.0.0.1:10390/metrics';

export interface Container {
  readonly name: string;
  /** What it has logged until now. */
  log(): Promise<string>;
  /** Where it serves on its usual address. */
  scrape(): Promise<Samples>;
  /** Runs a command inside. */
  exec(...command: string[]): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Resolves when it serves. Whoever starts it stops it, or closes the podman that runs it.
 * @param flags of podman run, but for the network
 */
export async function startContainer(
  podman: Podman,
  netns: string,
  flags: readonly string[],
  args: readonly string[],
): Promise<Container> {
  const name = `xdp-exporter-${randomUUID()}`;
  const run = ['run', '--detach', '--name', name, '--network', `ns:/run/netns/${netns}`];
  await podman.run([...run, ...flags, IMAGE, ...args]);
  const log = async () => {
    const { stdout, stderr } = await podman.try(['logs', name]);
    return `${stdout}${stderr}`;
  };
  await until(
    `container ${name} serves`,
    async () => (await log()).includes('msg=serving'),
    15,
  ).catch(async (error: Error) => {
    throw new Error(`${error.message}:\n${await log()}`, { cause: error });
  });
  return {
    name,
    log,
    scrape: () => scrapeInside(netns, METRICS_URL),
    exec: (...command) => podman.run(['exec', name, ...command]),
    async stop() {
      await podman.run(['rm', '--force', '--time', '5', name]);
    },
  };
}

/** Runs a container to its end. It must end by itself. */
export function runContainer(
  podman: Podman,
  netns: string,
  flags: readonly string[],
  args: readonly string[],
): Promise<Finished> {
  const run = ['run', '--rm', '--no-healthcheck', '--network', `ns:/run/netns/${netns}`];
  return podman.try([...run, ...flags, IMAGE, ...args], { timeoutMs: 30_000 });
}
