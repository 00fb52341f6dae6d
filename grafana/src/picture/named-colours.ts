// SPDX-License-Identifier: Apache-2.0
// Grafana's colours by their names, as its dark theme shows them.

export const NAMED_COLOURS: Readonly<Record<string, string>> = {
  green: '#73bf69',
  'light-green': '#96d98d',
  red: '#f2495c',
  blue: '#5794f2',
  'light-blue': '#8ab8ff',
  purple: '#b877d9',
  'light-purple': '#ca95e5',
  orange: '#ff9830',
  'light-orange': '#ffb357',
  'dark-orange': '#fa6400',
  yellow: '#fade2a',
  'light-yellow': '#ffee52',
  text: '#ccccdc',
};
