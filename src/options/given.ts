// SPDX-License-Identifier: Apache-2.0
// Options as texts, each with the place that it came from: what a complaint about it names.
import type { Option } from './option.ts';

export interface Given {
  readonly text: string;
  /** "--log.level", "XDP_EXPORTER_LOG_LEVEL", or "/etc/xdp-exporter.yaml:3 log.level". */
  readonly origin: string;
}

/** By option; more than one text only for a list. */
export type Givens = ReadonlyMap<string, readonly Given[]>;

/** What may be shown of a text: a stray word may be a URL with a password, too. */
export function shown(text: string, option?: Option): string {
  return option?.redact?.(text) ?? text;
}
