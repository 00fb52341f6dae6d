// SPDX-License-Identifier: Apache-2.0
// For `node --import`: appends the address of each module to the file of XDP_TEST_MODULES, as it is loaded.
import { register } from 'node:module';

register('./module-hooks.js', import.meta.url);
