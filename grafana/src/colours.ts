// SPDX-License-Identifier: Apache-2.0
// One colour for each verdict, protocol and kind of TCP packet, wherever it is the last word of a series' name.
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';

/** By the label that a legend ends with. */
const COLOURS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  action: {
    pass: 'green',
    drop: 'red',
    tx: 'blue',
    redirect: 'purple',
    aborted: 'orange',
    invalid: 'dark-orange',
  },
  protocol: {
    'ipv4 tcp': 'blue',
    'ipv4 udp': 'green',
    'ipv4 icmp': 'yellow',
    'ipv4 sctp': 'purple',
    'ipv4 other': 'orange',
    'ipv6 tcp': 'light-blue',
    'ipv6 udp': 'light-green',
    'ipv6 icmp': 'light-yellow',
    'ipv6 sctp': 'light-purple',
    'ipv6 other': 'light-orange',
    'other other': 'text',
  },
  flags: {
    syn: 'red',
    synack: 'blue',
    rst: 'orange',
    fin: 'purple',
    other: 'green',
  },
};

interface Overridable {
  overrideByRegexp(regexp: string, properties: DynamicConfigValue[]): unknown;
}

/** @param legends of the panel's queries, as `{{device}} {{action}}` */
export function colourByLabel(panel: Overridable, legends: readonly string[]): void {
  for (const [label, colours] of Object.entries(COLOURS)) {
    if (legends.some((legend) => legend.endsWith(`{{${label}}}`))) {
      for (const [value, colour] of Object.entries(colours)) {
        panel.overrideByRegexp(`/(^| )${value}$/`, [fixedColour(colour)]);
      }
    }
  }
}

/** The names that have a colour, for who draws panels by himself. */
export function colourOf(name: string): string | undefined {
  for (const colours of Object.values(COLOURS)) {
    const found = Object.entries(colours).find(
      ([value]) => name === value || name.endsWith(` ${value}`),
    );
    if (found !== undefined) {
      return found[1];
    }
  }
  return undefined;
}

function fixedColour(colour: string): DynamicConfigValue {
  return { id: 'color', value: { mode: 'fixed', fixedColor: colour } };
}
