// SPDX-License-Identifier: Apache-2.0
// Reads the file of networks without keeping the engine from its rings.
import { Worker } from 'node:worker_threads';
import { ConfigError, errorMessage } from '../../errors.ts';
import type { EngineOptions } from '../options.ts';
import type { LoadedNetworks } from './read-networks.ts';
import type { Outcome } from './worker.ts';

/** Of objects; the largest file that is read takes half of it. The tables are outside of it. */
const HEAP_MIB = 256;
/** The largest file takes some seconds. */
const TIMEOUT_MS = 120_000;

/** @throws ConfigError where the file cannot be read, or holds what is no network */
export async function loadNetworks(path: string): Promise<LoadedNetworks> {
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: { path },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
  });
  let timer: NodeJS.Timeout | undefined;
  const outcome = await new Promise<Outcome>((resolve) => {
    const fail = (cause: string) =>
      resolve({ problem: `read file of networks "${path}": ${cause}` });
    worker.once('message', resolve);
    worker.once('error', (error) => fail(errorMessage(error)));
    worker.once('exit', (code) => fail(`the thread that reads it ended with ${code}`));
    timer = setTimeout(() => fail(`not read within ${TIMEOUT_MS / 1000} s`), TIMEOUT_MS);
  });
  clearTimeout(timer);
  await worker.terminate();
  if ('problem' in outcome) {
    throw new ConfigError(outcome.problem);
  }
  return outcome.loaded;
}

/** The options with the networks that their file names, where they ask for one. @throws as `loadNetworks` */
export async function withNetworks<Options extends Pick<EngineOptions, 'logger'>>(
  options: Options,
): Promise<Options> {
  const { logger } = options;
  if (logger?.networksFile === undefined) {
    return options;
  }
  return { ...options, logger: { ...logger, networks: await loadNetworks(logger.networksFile) } };
}
