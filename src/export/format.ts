// SPDX-License-Identifier: Apache-2.0
// The formats of an exposition, and which of them a client wants.
import Negotiator from 'negotiator';
import type { TextFormat } from './text/exposition.ts';

export type ExpositionFormat = TextFormat | 'protobuf';

const PROTOBUF =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';

export const CONTENT_TYPES = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  protobuf: PROTOBUF.replaceAll(';', '; '),
} as const satisfies Record<ExpositionFormat, string>;

/** Prometheus sends 350 characters. Whoever sends more than this gets the format that everybody reads. */
const MAX_ACCEPT_LENGTH = 1_000;

/** They choose no other content: our names need no escaping, and our text is UTF-8. */
const INDIFFERENT_PARAMETERS = /;\s*(?:charset|escaping)\s*=[^;,]*/gi;

/** By the media types that a client may ask for; the first one is for those who do not mind. */
const OFFERS: ReadonlyMap<string, ExpositionFormat> = new Map([
  ['text/plain;version=0.0.4', 'text'],
  ['application/openmetrics-text;version=1.0.0', 'openmetrics'],
  [PROTOBUF, 'protobuf'],
]);

/** @param accept the header of that name, however malformed */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  if (accept === undefined || accept.length > MAX_ACCEPT_LENGTH) {
    return 'text';
  }
  const headers = { accept: accept.replaceAll(INDIFFERENT_PARAMETERS, '') };
  const type = new Negotiator({ headers }).mediaType([...OFFERS.keys()]);
  return OFFERS.get(type ?? '') ?? 'text';
}
