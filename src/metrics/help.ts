// SPDX-License-Identifier: Apache-2.0
// Sentences that the HELP texts of several collectors share.

/** Which frames there are. */
export const AS_SEEN =
  'Counts received frames as the XDP program sees them: in native mode before GRO, one per frame on the wire, without ' +
  'FCS; in generic mode after GRO, where one frame may be an aggregate of up to 64 KiB.';
