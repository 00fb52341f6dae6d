// SPDX-License-Identifier: Apache-2.0
// Whether a record's packet had an address at all, and of which family: in the word of slot, protocol and class.

/** Of the two bits of the family, which is 0, 1 or 2. */
const IPV4_BIT = 1 << 27;
const IPV6_BIT = 1 << 28;
const MALFORMED_SHIFT = 29;
/** XDP_EXPORTER_WRONG_HEADER_LENGTH: a packet that is malformed for this reason or one before may have no address. */
const LAST_WITHOUT_ADDRESS = 4;

/** @param address its one word */
export function isIpv4Address(kind: number, address: number): boolean {
  return (kind & IPV4_BIT) !== 0 && (address !== 0 || !isWithoutAddress(kind));
}

/** @param anyBit of the address */
export function isIpv6Address(kind: number, anyBit: number): boolean {
  return (kind & IPV6_BIT) !== 0 && (anyBit !== 0 || !isWithoutAddress(kind));
}

/** Its headers ended, or contradicted themselves, before the address: all zero is then no address. See packet.h. */
function isWithoutAddress(kind: number): boolean {
  const malformed = kind >>> MALFORMED_SHIFT;
  return malformed !== 0 && malformed <= LAST_WITHOUT_ADDRESS;
}
