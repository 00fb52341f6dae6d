// SPDX-License-Identifier: Apache-2.0
// The one place on the kernel's side that asks for the time of day: for what is printed, and for nothing that is measured.

/** Ms since 1970. It may jump either way at any moment. */
export function wallMs(): number {
  return Date.now();
}
