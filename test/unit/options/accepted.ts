// SPDX-License-Identifier: Apache-2.0
// Command lines, environments and files that are accepted, and what they come to.
import type { Environment } from '../../../src/options/environment.ts';

export interface Accepted {
  readonly argv: readonly string[];
  readonly environment?: Environment;
  /** Contents of the file that is called {file} in the others. */
  readonly file?: string;
  readonly command: string;
  /** Some of the values. */
  readonly values: Readonly<Record<string, unknown>>;
}

const address = (host: string, port: number) => ({ host, port });

export const ACCEPTED: readonly Accepted[] = [
  { argv: [], command: 'run', values: { device: [], logger: 'on', 'config.check': false } },
  { argv: ['run'], command: 'run', values: { 'max-devices': 256, 'top.min-share': 0.001 } },
  { argv: ['run', 'eth0', 'eth1'], command: 'run', values: { device: ['eth0', 'eth1'] } },
  {
    argv: ['top', 'eth0'],
    command: 'top',
    values: { device: ['eth0'], interval: 1, count: undefined },
  },
  {
    argv: ['log', 'eth0', '--count', '1e3'],
    command: 'log',
    values: { device: ['eth0'], count: 1000 },
  },
  { argv: ['demo'], command: 'demo', values: { rate: 200_000, duration: undefined } },
  { argv: ['devices', '-o', 'json'], command: 'devices', values: { output: 'json', netns: [] } },
  { argv: ['doctor'], command: 'doctor', values: { device: [], output: 'text', mode: 'auto' } },
  {
    argv: ['doctor', 'eth0', '-ojson', '--mode', 'observe'],
    command: 'doctor',
    values: { device: ['eth0'], output: 'json', mode: 'observe' },
  },
  { argv: ['-i', 'eth0', '--device=veth*'], command: 'run', values: { device: ['eth0', 'veth*'] } },
  { argv: ['-ieth0'], command: 'run', values: { device: ['eth0'] } },
  {
    argv: ['top', '-i=eth0', '-ojson'],
    command: 'top',
    values: { device: ['eth0'], output: 'json' },
  },
  { argv: ['top', 'eth0', '--device', 'eth0'], command: 'top', values: { device: ['eth0'] } },
  { argv: ['run', '--', '-odd'], command: 'run', values: { device: ['-odd'] } },
  { argv: ['log', '5', '007', '1e3'], command: 'log', values: { device: ['5', '007', '1e3'] } },
  { argv: ['--device', 'a,b'], command: 'run', values: { device: ['a,b'] } },
  { argv: ['--no-packet-sizes'], command: 'run', values: { 'packet-sizes': false } },
  {
    argv: ['--strict=1', '--packet-sizes=0'],
    command: 'run',
    values: { strict: true, 'packet-sizes': false },
  },
  { argv: ['--drop-privileges'], command: 'run', values: { 'drop-privileges': 'nobody' } },
  {
    argv: ['run', '--drop-privileges', 'eth0'],
    command: 'run',
    values: { 'drop-privileges': 'nobody', device: ['eth0'] },
  },
  {
    argv: ['--drop-privileges=www-data'],
    command: 'run',
    values: { 'drop-privileges': 'www-data' },
  },
  { argv: ['--drop-privileges=1'], command: 'run', values: { 'drop-privileges': '1' } },
  {
    argv: ['--drop-privileges=false'],
    environment: { XDP_EXPORTER_DROP_PRIVILEGES: 'true' },
    command: 'run',
    values: { 'drop-privileges': undefined },
  },
  {
    argv: [],
    environment: { XDP_EXPORTER_DROP_PRIVILEGES: 'true' },
    command: 'run',
    values: { 'drop-privileges': 'nobody' },
  },
  { argv: ['--strict', 'true'], command: 'run', values: { strict: true } },
  {
    argv: ['--web.disable-exporter-metrics'],
    command: 'run',
    values: { 'web.disable-exporter-metrics': true },
  },
  { argv: ['--top.sources', ' 7 '], command: 'run', values: { 'top.sources': 7 } },
  { argv: ['top', '--interval', '0.50'], command: 'top', values: { interval: 0.5 } },
  {
    argv: ['--web.listen-address', '[::1]:0'],
    command: 'run',
    values: { 'web.listen-address': [address('::1', 0)] },
  },
  {
    argv: ['--web.systemd-socket', '--web.config.check'],
    environment: { XDP_EXPORTER_WEB_LISTEN_ADDRESS: ':1, [::1]:2' },
    command: 'run',
    values: {
      'web.listen-address': [address('', 1), address('::1', 2)],
      'web.systemd-socket': true,
      'web.config.check': true,
    },
  },
  {
    argv: ['--otlp.endpoint', 'https://u:p@h/x'],
    command: 'run',
    values: { 'otlp.endpoint': 'https://u:p@h/x' },
  },
  {
    argv: ['--log.level', 'warn'],
    environment: { XDP_EXPORTER_LOG_LEVEL: 'debug', XDP_EXPORTER_CONFIG_FILE: '{file}' },
    file: 'log.level: error\nlog.format: json',
    command: 'run',
    values: { 'log.level': 'warn', 'log.format': 'json' },
  },
  {
    argv: ['--config.file', '{file}'],
    environment: { XDP_EXPORTER_LOG_LEVEL: 'debug' },
    file: 'log.level: error',
    command: 'run',
    values: { 'log.level': 'debug' },
  },
  {
    argv: ['run', 'eth0', '--config.file', '{file}'],
    environment: { XDP_EXPORTER_DEVICE: 'eth1' },
    file: 'device: [eth2, eth3]',
    command: 'run',
    values: { device: ['eth0'] },
  },
  {
    argv: [],
    environment: { XDP_EXPORTER_DEVICE: 'eth0, veth* ,eth0', XDP_EXPORTER_STRICT: '1' },
    command: 'run',
    values: { device: ['eth0', 'veth*'], strict: true },
  },
  {
    argv: [],
    environment: { XDP_EXPORTER_DEVICE: '', XDP_EXPORTER_LOG_LEVEL: ' ', XDP_EXPORTER_STRICT: '' },
    command: 'run',
    values: { device: [], 'log.level': 'info', strict: false },
  },
  {
    argv: [],
    environment: { XDP_EXPORTER_DEVICES: 'eth0', XDP_EXPORTER_SERVICE_PORT: 'tcp://x', HOME: '/' },
    command: 'run',
    values: { device: [] },
  },
  {
    argv: ['--strict=false'],
    environment: { XDP_EXPORTER_STRICT: 'maybe' },
    command: 'run',
    values: { strict: false },
  },
  {
    argv: ['--config.file', '{file}'],
    file: 'device: [eth0, "veth*", 5]\ndevice-exclude: veth1\ntop.min-share: 0.010\nstrict: True\nlogger: on',
    command: 'run',
    values: {
      device: ['eth0', 'veth*', '5'],
      'device-exclude': ['veth1'],
      'top.min-share': 0.01,
      strict: true,
      logger: 'on',
    },
  },
  {
    argv: ['--config.file', '{file}'],
    file: 'device-mode:\n  "eth*": observe\n  wg0:\n  lo: attach\n',
    command: 'run',
    values: {
      'device-mode': [
        { pattern: 'eth*', mode: 'observe' },
        { pattern: 'lo', mode: 'attach' },
      ],
    },
  },
  {
    argv: ['top', '--config.file', '{file}'],
    environment: { XDP_EXPORTER_DEVICE_MODE: 'a=b=auto,*=attach' },
    file: 'device-mode: [lo=attach]',
    command: 'top',
    values: {
      'device-mode': [
        { pattern: 'a=b', mode: 'auto' },
        { pattern: '*', mode: 'attach' },
      ],
    },
  },
  {
    argv: ['--config.file', '{file}'],
    file: '# nothing yet\n',
    command: 'run',
    values: { device: [], 'log.level': 'info' },
  },
  {
    argv: ['--config.file', '{file}'],
    file: 'device:\nlog.level: # later\n',
    command: 'run',
    values: { device: [], 'log.level': 'info' },
  },
  {
    argv: ['top', '--config.file', '{file}'],
    file: 'device: eth0\nweb.listen-address: "[::1]:1"',
    command: 'top',
    values: { device: ['eth0'] },
  },
  {
    argv: ['log', 'eth0', 'eth*', 'udp', 'and', 'port', '53', '--count', '3'],
    command: 'log',
    values: {
      device: ['eth0', 'eth*'],
      filter: 'udp and port 53',
      count: 3,
      sample: 1,
    },
  },
  {
    argv: ['log', '(udp or tcp) and less 100'],
    command: 'log',
    values: { device: [], filter: '(udp or tcp) and less 100' },
  },
  {
    argv: ['log', '-i', 'udp', '192.0.2.7', 'or', 'device', 'top'],
    command: 'log',
    values: { device: ['udp'], filter: '192.0.2.7 or device top' },
  },
  {
    argv: ['log', 'eth0', '--filter', 'not arp', '--sample=100'],
    command: 'log',
    values: { device: ['eth0'], filter: 'not arp', sample: 100 },
  },
  {
    argv: ['log', 'eth0'],
    environment: { XDP_EXPORTER_FILTER: 'tcp syn' },
    command: 'log',
    values: { filter: 'tcp syn' },
  },
];
