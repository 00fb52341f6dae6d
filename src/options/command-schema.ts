// SPDX-License-Identifier: Apache-2.0
// The options that one command alone has, or that commands which print share.
import { parseFilter } from '../filter/parse.ts';
import { choice, flag, number, text } from './option.ts';

export const output = choice(['text', 'json'], {
  alias: 'o',
  default: 'text',
  help: 'Format of the output; json is one object per line',
});

export const REPORTS = {
  interval: number({
    min: 0.1,
    max: 3_600,
    unit: 'seconds',
    default: 1,
    help: 'Time between two reports',
  }),
  count: number({
    min: 1,
    max: 1_000_000_000,
    unit: 'reports',
    whole: true,
    help: 'Reports to print as plain text or JSON; default: until Ctrl-C',
    example: '10',
  }),
  once: flag({ default: false, help: 'Print one report, after one interval' }),
  output,
};

/** The text itself: an exporter that is joined parses it as well. */
function checkFilter(filter: string): string {
  parseFilter(filter);
  return filter;
}

export const PACKETS = {
  filter: text({
    takes: 'filter',
    parse: checkFilter,
    help: "Packets to print, in tcpdump's syntax; may also be given after the devices, without the flag",
    example: 'udp and dst port 53',
  }),
  sample: number({
    min: 1,
    max: 65_536,
    unit: 'packets',
    whole: true,
    default: 1,
    help: 'Look at 1 in N packets, chosen at random',
    example: '100',
  }),
  count: number({
    min: 1,
    max: 1_000_000_000_000,
    unit: 'packets',
    whole: true,
    help: 'Packets to print; default: until Ctrl-C',
    example: '100',
  }),
  duration: number({
    min: 0.1,
    max: 31_536_000,
    unit: 'seconds',
    help: 'Time until it stops; default: until Ctrl-C',
    example: '60',
  }),
  output,
};

/** What may happen in the demo; src/demo/scenarios.ts says what each is. */
export const SCENARIOS = ['mixed', 'flood', 'syn', 'scan', 'burst'] as const;

export const TRAFFIC = {
  scenario: choice(SCENARIOS, {
    default: 'mixed',
    help: 'Traffic to generate: all kinds, or normal traffic with a flood, SYN flood, port scan or bursts in the middle',
    example: 'flood',
  }),
  duration: number({
    min: 1,
    max: 86_400,
    unit: 'seconds',
    help: 'Time until it stops; default: until Ctrl-C for mixed, otherwise 180 seconds',
    example: '60',
  }),
  rate: number({
    min: 1,
    max: 10_000_000,
    unit: 'packets per second',
    default: 200_000,
    help: 'Maximum rate of generated packets; the normal traffic of a scenario is 5 % of it',
  }),
  observe: flag({
    default: false,
    help: 'Let a filter of another process drop a flood, and observe its verdicts; exits with 2 if the kernel cannot observe',
  }),
};

/** Shells for which there is a completion. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export const SHELL = {
  shell: choice(SHELLS, {
    help: 'Shell to write the completion for; may also be given without the flag',
    example: 'bash',
  }),
};
