// SPDX-License-Identifier: Apache-2.0
// What a list tells packets apart by: one of their addresses, or their destination port.
import { RECORD } from '../../kernel/layout.ts';
import type { AddressFamily } from '../../snapshot/address.ts';
import type { Networks } from '../networks/networks.ts';
import type { TakeRecords } from '../record.ts';
import { formatAddressKey, type PrefixLengths } from './address.ts';
import { createAddressIntake, type IntakeParts } from './address-intake.ts';
import { createPortIntake, formatPort } from './port-intake.ts';

/** A kind of key. */
export interface Key {
  /** Counts records in a table. */
  createTake(parts: IntakeParts): TakeRecords;
  /**
   * Its text.
   * @param bytes 16, as the table holds them
   */
  format(bytes: Uint8Array, family: AddressFamily): string;
}

/**
 * The address that packets come from, or that they go to, as far as the prefixes tell.
 * @param networks which count by the same addresses
 */
export function addressKey(
  field: 'source' | 'destination',
  prefixes: PrefixLengths,
  networks?: Networks,
): Key {
  const word = RECORD.offsets[field] / 4;
  return {
    createTake: (parts) =>
      createAddressIntake({
        ...parts,
        word,
        prefixes,
        networks: networks?.createIntake(parts.table.tags.length, prefixes),
      }),
    format: (bytes, family) => formatAddressKey(bytes, family, prefixes),
  };
}

/** Protocol and destination port. */
export const PORT_KEY: Key = { createTake: createPortIntake, format: formatPort };
