// SPDX-License-Identifier: Apache-2.0
// The options of `run`, each once: flag, variable, key in the file, help and documentation are made of it. See commands.ts.

import { parseEndpoint, redactText } from '../endpoint.ts';
import { parseListenAddress } from '../http/listen-address.ts';
import { parseTelemetryPath } from '../http/telemetry-path.ts';
import { MODES, parseDeviceMode } from '../instruments/modes.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../log.ts';
import { parseDutyCycle } from './duty-cycle.ts';
import { choice, flag, list, listOf, number, text } from './option.ts';

export const DEVICES = {
  device: list({
    alias: 'i',
    names: 'device',
    help: 'Device to count on: a name, an alternative name or a glob',
    example: 'eth*',
    reloads: true,
    chart: { value: 'devices.include' },
  }),
  'device-exclude': list({
    help: 'Device to exclude: a name, an alternative name or a glob',
    names: 'device',
    example: 'veth*',
    reloads: true,
    chart: { value: 'devices.exclude' },
  }),
  'device-default-route': flag({
    default: false,
    help: 'Also count on every device that a default route leads to',
    reloads: true,
    chart: { value: 'devices.defaultRoute', default: true },
  }),
  mode: choice(MODES, {
    default: 'auto',
    help: 'Whether to attach or observe; auto attaches if the device has no XDP program and observes it otherwise; observe never attaches',
    chart: { value: 'mode' },
  }),
  'device-mode': listOf({
    takes: 'list of PATTERN=MODE; in the file also a map',
    mapped: true,
    parse: parseDeviceMode,
    help: 'Mode of the devices that match a name, an alternative name or a glob; the first match wins and overrides --mode',
    example: 'eth*=observe',
  }),
  'attach-delay': number({
    min: 0,
    max: 86_400,
    unit: 'seconds',
    default: 30,
    help: 'Time that --mode auto waits before it attaches, after another program was detached',
  }),
  'observe.pin': list({
    help: 'Pinned program to observe without CAP_SYS_ADMIN: a path or a glob of paths',
    example: '/sys/fs/bpf/filter/*',
    chart: { value: 'observe.pins' },
  }),
  'xdp-mode': choice(['auto', 'native', 'generic'], {
    default: 'auto',
    help: 'Where the program runs; auto is native, or generic if the driver has no native XDP',
    chart: { value: 'xdpMode', default: 'native' },
  }),
};

export const NAMESPACES = {
  netns: list({
    help: 'Network namespace of the devices: a name of "ip netns", a glob of names, or a path',
    names: 'netns',
    example: '/proc/1/ns/net',
    chart: { value: 'netns' },
  }),
};

export const COUNTING = {
  'max-devices': number({
    // The tags of the table of sources have bits for so many.
    max: 4096,
    min: 1,
    unit: 'devices',
    whole: true,
    default: 256,
    help: 'Maximum number of devices with counters; a device that is no longer selected is replaced when needed',
  }),
  strict: flag({
    default: false,
    help: 'Exit with 1 if a device is absent, occupied or refuses the program',
  }),
  'packet-sizes': flag({
    default: true,
    help: 'Count packets by size; --no-packet-sizes saves about 3 ns per packet',
    chart: { value: 'packetSizes' },
  }),
  tracepoints: choice(['auto', 'on', 'off'], {
    default: 'auto',
    help: 'Count exceptions, failed redirects and frames through maps, of every XDP program; on is an error if the kernel lacks a tracepoint',
  }),
  'program-cost': text({
    takes: 'two durations in seconds, such as `1s/60s`',
    parse: parseDutyCycle,
    help: 'Measure the run time of the XDP program on each device: how long, and how often; a measurement slows down every BPF program of the machine',
    example: '1s/60s',
  }),
};

export const WEB = {
  'web.listen-address': listOf({
    takes: 'list of host:port',
    default: '127.0.0.1:10390',
    parse: parseListenAddress,
    help: 'Address to listen on; ":10390" is every interface',
    example: '[::1]:10390',
    chart: { value: 'web.host, web.extraHosts, web.port' },
  }),
  'web.systemd-socket': flag({
    default: false,
    help: 'Listen on the sockets of a systemd .socket unit instead of addresses',
  }),
  'web.config.file': text({
    takes: 'path',
    parse: (path) => path,
    help: "YAML file with TLS, users and headers, in the format of Prometheus' exporter-toolkit; reloaded when it or a file that it references changes",
    names: 'file',
    example: '/etc/xdp-exporter/web.yml',
    chart: { value: 'webConfig' },
  }),
  'web.telemetry-path': text({
    takes: 'URL path',
    default: '/metrics',
    parse: parseTelemetryPath,
    help: 'Path of the metrics',
    example: '/xdp/metrics',
    chart: { value: 'web.telemetryPath' },
  }),
  'web.live': choice(['auto', 'on', 'off'], {
    default: 'auto',
    help: 'Serve a live page of rates, sources and devices; auto serves it only on a loopback address, because it shows source addresses',
    chart: { value: 'web.live' },
  }),
  'web.disable-exporter-metrics': flag({
    default: false,
    help: "Do not serve the metrics of the exporter's own process: process_* and nodejs_*",
    chart: { value: 'web.disableExporterMetrics' },
  }),
};

export const OTLP = {
  'otlp.endpoint': text({
    takes: 'http or https URL',
    parse: parseEndpoint,
    redact: redactText,
    help: 'Collector to push metrics to with OTLP over HTTP; OTEL_* variables set the rest',
    example: 'http://localhost:4318',
    chart: { value: 'otlp.endpoint' },
  }),
};

export const LOG_LINES = {
  'log.level': choice(LOG_LEVELS, {
    default: 'info',
    help: 'Minimum severity of log lines',
    reloads: true,
    chart: { value: 'log.level' },
  }),
  'log.format': choice(LOG_FORMATS, {
    default: 'logfmt',
    help: 'Format of log lines',
    reloads: true,
    chart: { value: 'log.format' },
  }),
};

export const FILE = {
  'config.file': text({
    takes: 'path',
    parse: (path) => path,
    help: 'YAML file with options of run; flags and variables override it',
    names: 'file',
    example: '/etc/xdp-exporter.yaml',
  }),
};

export const CHECK = {
  'config.check': flag({
    default: false,
    help: 'Check all options, attach nothing, and exit with 0 or 2',
  }),
  'web.config.check': flag({
    default: false,
    help: 'Check the file of --web.config.file and the files that it references, attach nothing, and exit with 0 or 2',
  }),
};
