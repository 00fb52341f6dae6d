// SPDX-License-Identifier: Apache-2.0
// Options from XDP_EXPORTER_* variables. Those that name no option are none of ours: Kubernetes makes such for Services.
import type { Given, Givens } from './given.ts';
import type { Options } from './option.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** "web.listen-address" to "XDP_EXPORTER_WEB_LISTEN_ADDRESS". */
export function variableOf(name: string): string {
  return `XDP_EXPORTER_${name.replace(/[.-]/g, '_').toUpperCase()}`;
}

/** Items of a list are separated by commas. An empty variable counts as unset. */
export function readEnvironment(options: Options, environment: Environment): Givens {
  const givens = new Map<string, readonly Given[]>();
  for (const [name, { kind }] of Object.entries(options)) {
    const origin = variableOf(name);
    const value = environment[origin] ?? '';
    if (value.trim() !== '') {
      const texts = kind === 'list' ? value.split(',').map((item) => item.trim()) : [value];
      givens.set(
        name,
        texts.map((text) => ({ text, origin })),
      );
    }
  }
  return givens;
}
