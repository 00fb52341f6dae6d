// SPDX-License-Identifier: Apache-2.0
// Switches for the Node processes that we start.

/** Node 22.14 and newer can be told to open no debugger on SIGUSR1; empty on those that cannot. */
export const NO_DEBUGGER = ['--disable-sigusr1'].filter((flag) =>
  process.allowedNodeEnvironmentFlags.has(flag),
);
