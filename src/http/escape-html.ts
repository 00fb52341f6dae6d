// SPDX-License-Identifier: Apache-2.0
// Text as it may stand in a document or in the value of an attribute.

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
