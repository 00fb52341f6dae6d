// SPDX-License-Identifier: Apache-2.0
// One device's packets by receive queue, as they cross the border: plain data.

/** Packets that the device's records stand for; each is exact up to 2^53 and never goes back. */
export interface QueuePackets {
  /** By the queue's number, from 0 to the highest that had a packet. */
  readonly packets: Float64Array;
  /** Of all queues that are beyond those that are told apart. */
  readonly other: number;
}
