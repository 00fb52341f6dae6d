// SPDX-License-Identifier: Apache-2.0
// Command lines, environments and files that are refused, and the line that says so.
import type { Environment } from '../../../src/options/environment.ts';

export interface Refused {
  readonly argv: readonly string[];
  readonly environment?: Environment;
  /** Contents of the file that is called {file} in the others. */
  readonly file?: string;
  readonly message: string;
}

const line = (rest: string) => `read command line: ${rest}`;
/** Of an empty text. */
export const EMPTY = 'it is empty; omit it or give it a value';

const WORDS: readonly Refused[] = [
  { argv: ['tpo'], message: line('unknown command "tpo"; did you mean "top"?') },
  {
    argv: ['eth0'],
    message: line(
      'unknown command "eth0"; to count on a device of that name, write "run" before it',
    ),
  },
  {
    argv: ['--', 'x'],
    message: line('unknown command "x"; to count on a device of that name, write "run" before it'),
  },
  {
    argv: ['--device', 'eth0', 'http://u:secret@h/'],
    message: line(
      'unknown command "http://***@h/"; to count on a device of that name, write "run" before it',
    ),
  },
  { argv: ['run', 'top'], message: line('unexpected word "top"; give one command') },
  { argv: ['top', 'top'], message: line('unexpected word "top"; give one command') },
  { argv: ['demo', 'eth0'], message: line('unexpected word "eth0"; demo takes only options') },
  {
    argv: ['devices', 'eth0'],
    message: line('unexpected word "eth0"; devices takes only options'),
  },
  {
    argv: ['--strict', 'yes'],
    message: line('unexpected word "yes"; write --strict or --no-strict'),
  },
  {
    argv: ['log', 'eth0', 'udp', 'adn', 'port', '53'],
    message:
      'read FILTER "udp adn port 53": column 5: unknown word "adn"; did you mean "and"?\n  udp adn port 53\n      ^',
  },
  {
    argv: ['log', '--filter', 'port dns'],
    message:
      'read --filter "port dns": column 6: "dns" is not a port number; write one, such as 53\n  port dns\n       ^',
  },
  {
    argv: ['log', '--filter', 'udp', 'eth0', 'tcp'],
    message: 'read --filter: its value is also given without the flag; give it once',
  },
  { argv: ['log', 'top', 'udp'], message: line('unexpected word "top"; give one command') },
  {
    argv: ['completion', 'tcsh'],
    message: 'read SHELL "tcsh": not one of bash, zsh, fish',
  },
  {
    argv: ['completion', 'bash', 'zsh'],
    message: line('unexpected word "zsh"; completion takes only options'),
  },
  {
    argv: ['completion', '--shell', 'bash', 'zsh'],
    message: 'read --shell: its value is also given without the flag; give it once',
  },
  {
    argv: ['compeltion'],
    message: line('unknown command "compeltion"; did you mean "completion"?'),
  },
  { argv: ['log', ''], message: `read DEVICE "": ${EMPTY}` },
  {
    argv: ['top', 'eth0', '--filter', 'udp'],
    message: line('unknown flag "--filter": it is an option of log, not of top'),
  },
  {
    argv: ['log', '--pcap', 'x'],
    message: line('unknown flag "--pcap"'),
  },
  {
    argv: ['log', '--sample', '0'],
    message: 'read --sample "0": not a whole number of packets from 1 to 65536',
  },
  {
    argv: ['log', 'eth0', '--filter='],
    message: `read --filter "": ${EMPTY}`,
  },
  { argv: ['top', ''], message: `read DEVICE "": ${EMPTY}` },
];

const FLAGS: readonly Refused[] = [
  {
    argv: ['--devcie', 'eth0'],
    message: line('unknown flag "--devcie"; did you mean "--device"?'),
  },
  {
    argv: ['--webListenAddress', ':1'],
    message: line('unknown flag "--webListenAddress"; did you mean "--web.listen-address"?'),
  },
  {
    argv: ['--log.levels=x'],
    message: line('unknown flag "--log.levels"; did you mean "--log.level"?'),
  },
  { argv: ['--Device', 'x'], message: line('unknown flag "--Device"; did you mean "--device"?') },
  { argv: ['--verison'], message: line('unknown flag "--verison"; did you mean "--version"?') },
  { argv: ['--no-such-flag'], message: line('unknown flag "--such-flag"') },
  { argv: ['-x'], message: line('unknown flag "-x"') },
  { argv: ['--toString'], message: line('unknown flag "--toString"') },
  { argv: ['--__proto__', 'x'], message: line('unknown flag "--__proto__"') },
  { argv: ['--constructor=x'], message: line('unknown flag "--constructor"') },
  {
    argv: ['top', '--strict'],
    message: line('unknown flag "--strict": it is an option of run, not of top'),
  },
  {
    argv: ['run', '--once'],
    message: line('unknown flag "--once": it is an option of top, not of run'),
  },
  {
    argv: ['demo', '--device', 'eth0'],
    message: line('unknown flag "--device": it is an option of run, top, log, doctor, not of demo'),
  },
  { argv: ['--device'], message: 'read --device: its value is missing; add one' },
  { argv: ['--device', '--strict'], message: 'read --device: its value is missing; add one' },
  { argv: ['top', '-o'], message: 'read -o: its value is missing; add one' },
  { argv: ['--no-device'], message: line('unknown flag "--no-device"; omit --device') },
  {
    argv: ['--no-log.level'],
    message: line('unknown flag "--no-log.level"; omit --log.level'),
  },
  {
    argv: ['--xdp-mode', 'native', '--xdp-mode', 'generic'],
    message: 'read --xdp-mode "native", "generic": given 2 times; give it once',
  },
  {
    argv: ['--otlp.endpoint', 'http://u:secret@h', '--otlp.endpoint', 'http://h?token=secret'],
    message: 'read --otlp.endpoint "http://***@h", "http://h?***": given 2 times; give it once',
  },
];

const VALUES: readonly Refused[] = [
  { argv: ['--device', ''], message: `read --device "": ${EMPTY}` },
  { argv: ['-i', ''], message: `read -i "": ${EMPTY}` },
  { argv: ['--netns='], message: `read --netns "": ${EMPTY}` },
  {
    argv: ['--xdp-mode', 'turbo'],
    message: 'read --xdp-mode "turbo": not one of auto, native, generic',
  },
  {
    argv: ['--log.level', 'INFO'],
    message: 'read --log.level "INFO": not one of debug, info, warn, error; did you mean "info"?',
  },
  { argv: ['--logger', 'true'], message: 'read --logger "true": not one of on, off' },
  { argv: ['--strict=maybe'], message: 'read --strict "maybe": not one of true, false, 1, 0' },
  { argv: ['top', '-oxml'], message: 'read -o "xml": not one of text, json' },
  { argv: ['log', '--output', 'xml'], message: 'read --output "xml": not one of text, json' },
  {
    argv: ['--max-devices', '4097'],
    message: 'read --max-devices "4097": not a whole number of devices from 1 to 4096',
  },
  {
    argv: ['--logger.sample=1.5'],
    message: 'read --logger.sample "1.5": not a whole number of packets from 1 to 65536',
  },
  {
    argv: ['--top.min-share', 'NaN'],
    message: 'read --top.min-share "NaN": not a number from 0 to 1',
  },
  {
    argv: ['top', '--interval', '1s'],
    message: 'read --interval "1s": not a number of seconds from 0.1 to 3600',
  },
  {
    argv: ['top', '--interval='],
    message: 'read --interval "": not a number of seconds from 0.1 to 3600',
  },
  {
    argv: ['log', '--count', '-1'],
    message: 'read --count "-1": not a whole number of packets from 1 to 1000000000000',
  },
  {
    argv: ['demo', '--scenario', 'flod'],
    message:
      'read --scenario "flod": not one of mixed, flood, syn, scan, burst; did you mean "flood"?',
  },
  {
    argv: ['demo', '--scenario', 'ransomware'],
    message: 'read --scenario "ransomware": not one of mixed, flood, syn, scan, burst',
  },
  {
    argv: ['demo', '--rate', 'Infinity'],
    message: 'read --rate "Infinity": not a number of packets per second from 1 to 10000000',
  },
  {
    argv: ['--web.listen-address', 'localhost'],
    message:
      'read --web.listen-address "localhost": not host:port; write "127.0.0.1:10390", "[::1]:10390" or ":10390" for every interface',
  },
  {
    argv: ['--web.telemetry-path', '/healthz'],
    message:
      'read --web.telemetry-path "/healthz": something else is served there; choose another, such as "/metrics"',
  },
  {
    argv: ['--otlp.endpoint', 'ftp://u:secret@h/x?token=secret'],
    message:
      'read --otlp.endpoint "ftp://***@h/x?***": not an http or https URL such as "http://localhost:4318"',
  },
];

const VARIABLES: readonly Refused[] = [
  {
    argv: [],
    environment: { XDP_EXPORTER_LOG_LEVEL: 'loud' },
    message: 'read XDP_EXPORTER_LOG_LEVEL "loud": not one of debug, info, warn, error',
  },
  {
    argv: ['top', 'eth0'],
    environment: { XDP_EXPORTER_INTERVAL: '0' },
    message: 'read XDP_EXPORTER_INTERVAL "0": not a number of seconds from 0.1 to 3600',
  },
  {
    argv: [],
    environment: { XDP_EXPORTER_STRICT: 'yes' },
    message: 'read XDP_EXPORTER_STRICT "yes": not one of true, false, 1, 0',
  },
  {
    argv: [],
    environment: { XDP_EXPORTER_DEVICE: 'eth0,,eth1' },
    message: `read XDP_EXPORTER_DEVICE "": ${EMPTY}`,
  },
  {
    argv: [],
    environment: { XDP_EXPORTER_CONFIG_FILE: '/no/such/file' },
    message:
      'read XDP_EXPORTER_CONFIG_FILE "/no/such/file": no such file; name one that the exporter may read',
  },
];

export const REFUSED: readonly Refused[] = [...WORDS, ...FLAGS, ...VALUES, ...VARIABLES];
