// SPDX-License-Identifier: Apache-2.0
// What NODE_OPTIONS may not ask for where the exporter runs: other code in a process that can read the machine's memory.

/** Each loads code before the exporter's own, or lets whoever connects to a debugger run some. */
const LOADING =
  /^(-r|--require|--import|--loader|--experimental-loader|--snapshot-blob|--openssl-config|--openssl-shared-config|--inspect(?:-brk|-wait|-port)?|--debug-port)(?:=|$)/;

/** The first such option, as Node spells it; undefined where there is none. @param options value of NODE_OPTIONS */
export function loadingOption(options: string | undefined): string | undefined {
  return (options ?? '')
    .split(/\s+/)
    .map((word) => word.replaceAll(/["\\]/g, '').replaceAll('_', '-'))
    .flatMap((word) => LOADING.exec(word)?.[1] ?? [])[0];
}
