// SPDX-License-Identifier: Apache-2.0
// What a list tells packets apart by: one of their addresses, or their destination port.
import type { AddressFamily } from '../../snapshot/address.ts';
import type { Networks } from '../networks/networks.ts';
import type { TakeRecords } from '../record.ts';
import { formatAddressKey, type PrefixLengths } from './address.ts';
import { createDestinationIntake } from './destination-intake.ts';
import type { Decoded } from './device-intake.ts';
import type { KeyCounterParts } from './key-counter.ts';
import { createPortIntake, formatPort } from './port-intake.ts';
import { createSourceIntake } from './source-intake.ts';

/** A kind of key. */
export interface Key {
  /** Counts records in a table. */
  createTake(parts: KeyCounterParts): TakeRecords;
  /**
   * Its text.
   * @param bytes 16, as the table holds them
   */
  format(bytes: Uint8Array, family: AddressFamily): string;
}

/**
 * The address that packets come from, as far as the prefixes tell. Its intake also counts all records by device, and by
 * network where somebody has named any.
 */
export function sourceKey(decoded: Decoded, prefixes: PrefixLengths, networks?: Networks): Key {
  return {
    createTake: (parts) =>
      networks === undefined
        ? createSourceIntake(decoded, prefixes, parts)
        : networks.beside(parts.table.tags.length, prefixes, (notes) =>
            createSourceIntake(decoded, prefixes, parts, notes),
          ),
    format: (bytes, family) => formatAddressKey(bytes, family, prefixes),
  };
}

/** The address that they go to. */
export function destinationKey(prefixes: PrefixLengths): Key {
  return {
    createTake: (parts) => createDestinationIntake(prefixes, parts),
    format: (bytes, family) => formatAddressKey(bytes, family, prefixes),
  };
}

/** Protocol and destination port. */
export const PORT_KEY: Key = { createTake: createPortIntake, format: formatPort };
