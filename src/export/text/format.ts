// SPDX-License-Identifier: Apache-2.0
// The two text formats of an exposition, and which of them a client wants.
import Negotiator from 'negotiator';

/** "text" is Prometheus's own, version 0.0.4; every client reads it. */
export type TextFormat = 'text' | 'openmetrics';

export const CONTENT_TYPES = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} as const satisfies Record<TextFormat, string>;

/** Prometheus sends 250 characters. Whoever sends more than this gets the format that everybody reads. */
const MAX_ACCEPT_LENGTH = 1_000;

/** They choose no other content: our names need no escaping, and our text is UTF-8. */
const INDIFFERENT_PARAMETERS = /;\s*(?:charset|escaping)\s*=[^;,]*/gi;

/** By the media types that a client may ask for; the first one is for those who do not mind. */
const OFFERS: ReadonlyMap<string, TextFormat> = new Map([
  ['text/plain;version=0.0.4', 'text'],
  ['application/openmetrics-text;version=1.0.0', 'openmetrics'],
]);

/** @param accept the header of that name, however malformed */
export function negotiateFormat(accept: string | undefined): TextFormat {
  if (accept === undefined || accept.length > MAX_ACCEPT_LENGTH) {
    return 'text';
  }
  const headers = { accept: accept.replaceAll(INDIFFERENT_PARAMETERS, '') };
  const type = new Negotiator({ headers }).mediaType([...OFFERS.keys()]);
  return OFFERS.get(type ?? '') ?? 'text';
}
