// SPDX-License-Identifier: Apache-2.0
// One read for everybody who asks within a snapshot, also where it fails.

/** Reads at the first call; where that throws, so does each call. */
export function readOnce<Value>(read: () => Value): () => Value {
  let outcome: { readonly value: Value } | { readonly error: unknown } | undefined;
  return () => {
    if (outcome === undefined) {
      try {
        outcome = { value: read() };
      } catch (error) {
        outcome = { error };
      }
    }
    if ('error' in outcome) {
      throw outcome.error;
    }
    return outcome.value;
  };
}
