// SPDX-License-Identifier: Apache-2.0
// Asks an exporter that runs in another network namespace, where a request from here would not arrive.
import { parseExposition, type Samples } from './exposition.ts';
import { run } from './namespace.ts';

const FETCH =
  'fetch(process.argv[1]).then((reply) => reply.text()).then((text) => process.stdout.write(text))';

/** The samples that a URL serves inside. */
export async function scrapeInside(netns: string, url: string): Promise<Samples> {
  const inside = [`--net=/run/netns/${netns}`, process.execPath, '-e', FETCH, url];
  return parseExposition(await run('nsenter', ...inside));
}
