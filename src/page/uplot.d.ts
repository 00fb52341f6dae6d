// SPDX-License-Identifier: Apache-2.0
// The server has the chart library's module beside ours.
export { default } from 'uplot';
