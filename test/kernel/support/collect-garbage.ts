// SPDX-License-Identifier: Apache-2.0
// Garbage collection on demand: whatever nobody refers to any more goes now.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

export const collectGarbage = runInNewContext('gc') as () => void;
