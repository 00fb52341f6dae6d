// SPDX-License-Identifier: Apache-2.0
// Runs in the thread in which Node loads modules: see module-list.ts.
import { appendFileSync } from 'node:fs';
import type { LoadHook } from 'node:module';

export const load: LoadHook = (url, context, nextLoad) => {
  appendFileSync(process.env['XDP_TEST_MODULES'] ?? '', `${url}\n`);
  return nextLoad(url, context);
};
