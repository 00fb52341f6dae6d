// SPDX-License-Identifier: Apache-2.0
// Loaded with --import into the engine's process, which has --expose-gc: frees once a minute what V8 would leave for later.
// So what grows is what is kept, and not what waits to be collected.
const EVERY_MS = 60_000;

setInterval(() => globalThis.gc?.(), EVERY_MS).unref();
