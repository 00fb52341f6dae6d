// SPDX-License-Identifier: Apache-2.0
// What is asked for at the control socket, at both of its ends.

export const SNAPSHOT_PATH = '/v1/snapshot';
export const SNAPSHOTS_PATH = '/v1/snapshots';
export const PACKETS_PATH = '/v1/packets';
