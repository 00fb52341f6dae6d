// SPDX-License-Identifier: Apache-2.0
// One Buffer that is written from its start on, and grows where it must.

export class GrowingBytes {
  protected bytes: Buffer;
  protected length = 0;

  /** @param capacity bytes that are expected; more cost a copy */
  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /** What was written. Nothing must be written any more: both share their memory. */
  finish(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  /** Makes room for so many more bytes. */
  protected reserve(count: number): void {
    const needed = this.length + count;
    if (needed > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 * needed);
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
  }
}
