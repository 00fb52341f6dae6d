// SPDX-License-Identifier: Apache-2.0
// Text that holds names from the kernel, on its way to a terminal.
import { escapeCharacter } from '../log.ts';

/** What a terminal may obey, or show as something else, is escaped: "\u001b". Only printable ASCII is left. */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, escapeCharacter);
}

/**
 * Devices, drivers and programs may be called anything. As it is where that is plain; else a JSON string, so that
 * no two names look the same and each can be had back.
 */
export function printableName(name: string): string {
  return PLAIN.test(name) ? name : printable(JSON.stringify(name));
}

/** Printable ASCII but for quotation marks and backslashes. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
