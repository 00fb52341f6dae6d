// SPDX-License-Identifier: Apache-2.0
// What the messages of each part of src mean, and what to do about them.

export interface MessageFamily {
  readonly title: string;
  /** For a reader who has found the message in a log. */
  readonly about: string;
  /** Files and folders below src; the longest that fits a file has it. */
  readonly sources: readonly string[];
}

/** What these say is no message, or stands under another heading of the page. */
export const OTHER_TEXTS: readonly string[] = [
  'cli/top/',
  'collectors/',
  'demo/demo.ts',
  'engine/doctor/',
  'reasons.ts',
];

export const MESSAGE_FAMILIES: readonly MessageFamily[] = [
  {
    title: 'Command line, variables and configuration file',
    about:
      'A command, a flag, a variable or a key of the file is wrong. The message starts with the origin of the value, quotes it, and says what to write instead. The exporter exits with 2 before it attaches anything. [options.md](options.md) lists every option. `--config.check` finds the same errors without attaching anything.',
    sources: [
      'options/',
      'cli/command-line.ts',
      'cli/completion/',
      'cli/run.ts',
      'cli/top.ts',
      'bounded-file.ts',
      'endpoint.ts',
      'text-file.ts',
      'http/listen-address.ts',
      'http/telemetry-path.ts',
      'instruments/modes.ts',
    ],
  },
  {
    title: 'Configuration reload',
    about:
      'On SIGHUP, `run` reloads its configuration. If the file is wrong, nothing changes: fix it and send SIGHUP again. Options that are not marked with *SIGHUP* in [options.md](options.md) need a restart.',
    sources: ['cli/reload.ts'],
  },
  {
    title: 'Filters of log',
    about:
      'The arguments after the devices of `log` are not a valid filter. The message names the column and points at it. [log.md](log.md#filters) describes the language.',
    sources: ['filter/'],
  },
  {
    title: 'Start: rights, libraries and the package',
    about:
      'The machine lacks something that the exporter needs at start, or the package is damaged. `xdp-exporter doctor` says what is missing; [capabilities.md](capabilities.md) lists the required capabilities. Restart the exporter after an upgrade: a running process cannot load files of another version.',
    sources: [
      'main.ts',
      'engine/maps.ts',
      'load-failure.ts',
      'errors.ts',
      'ffi/',
      'cli/process.ts',
      'cli/doctor.ts',
      'engine/capabilities.ts',
      'engine/kernel.ts',
      'kernel/object-digests.ts',
      'kernel/cpu-mask.ts',
      'kernel/cpu-affinity.ts',
      'kernel/spawn-rights.ts',
    ],
  },
  {
    title: 'Dropped privileges',
    about:
      'The exporter cannot drop its privileges, and refuses to serve while it keeps one. [capabilities.md](capabilities.md) says what `--drop-privileges` needs.',
    sources: ['dropping.ts', 'engine/privileges.ts', 'engine/readable.ts', 'kernel/drop-rights.ts'],
  },
  {
    title: 'Devices',
    about:
      'A device is not counted, or has stopped being counted; `xdp_device_down_info` has the reason, and [Reasons](#reasons) says what to do. The exporter retries, so most of these need no action. With `--strict` it exits instead. If a list of devices changes while it is read, or cannot be read, it is read again.',
    sources: ['instruments/', 'engine/device-watch.ts', 'kernel/'],
  },
  {
    title: 'Network namespaces',
    about:
      'A namespace of `--netns` is missing or cannot be entered, which needs `CAP_SYS_ADMIN` and `/run/netns` of the host. The exporter waits for a missing namespace. If a thread cannot return from a namespace, the exporter exits, and its service restarts it.',
    sources: [
      'engine/namespaces.ts',
      'engine/device-list.ts',
      'kernel/net-namespace.ts',
      'kernel/namespace-view.ts',
    ],
  },
  {
    title: "Observing another's program",
    about:
      'The exporter cannot observe the program on a device; the program itself is unaffected. [observe.md](observe.md) says what the program and the kernel need, and what `--observe.pin` does.',
    sources: [
      'instruments/observed.ts',
      'kernel/observer.ts',
      'kernel/pins.ts',
      'kernel/program-copy.ts',
      'kernel/program-extensions.ts',
      'kernel/program-info.ts',
    ],
  },
  {
    title: 'Tracepoints and the cost of programs',
    about:
      'Only the metrics of tracepoints, or those of `--program-cost`, are missing; everything else is counted. Grant the right that the message names, or switch the option off.',
    sources: [
      'instruments/tracepoints.ts',
      'instruments/program-cost.ts',
      'kernel/tracepoint-maps.ts',
      'kernel/tracepoint-program.ts',
      'kernel/run-stats.ts',
    ],
  },
  {
    title: 'BPF programs and maps',
    about:
      'The kernel refuses a program or a map. `EPERM` with all capabilities granted points to a seccomp profile, a security module or lockdown; `ENOMEM`, and `EPERM` on Linux 5.10, to RLIMIT_MEMLOCK; a verifier message points to a kernel that is too old. `--log.level debug` prints the whole log of the verifier.',
    sources: [
      'kernel/object.ts',
      'kernel/mapped-array.ts',
      'kernel/per-cpu-hash.ts',
      'kernel/per-cpu-map.ts',
      'kernel/shared-maps.ts',
    ],
  },
  {
    title: 'Records of packets',
    about:
      'Something is wrong with the rings that carry records, or with a collector. Counters of packets do not depend on them. `xdp_logger_corruptions_total` and `xdp_scrape_collector_success` count these events. If a record or a position was overwritten, find out which other process writes into BPF maps.',
    sources: [
      'recorder/',
      'engine/collector-failures.ts',
      'engine/cpus.ts',
      'engine/packet-logger.ts',
      'engine/session.ts',
      'kernel/perf-event-ring.ts',
      'kernel/ring-map.ts',
    ],
  },
  {
    title: 'Addresses and sockets that are served',
    about:
      'The exporter cannot listen. `EADDRINUSE` means that another process has the port. `EADDRNOTAVAIL` means that no device has the address. It waits for an address or a name unless `--strict` is set. Sockets of systemd come from a .socket unit: see [systemd.md](systemd.md). Without its control socket the exporter counts and serves, but `top` and `log` cannot join it.',
    sources: [
      'listen.ts',
      'sockets.ts',
      'kernel/activated-sockets.ts',
      'kernel/listening-socket.ts',
    ],
  },
  {
    title: 'Clients of the web server',
    about:
      'A client has sent a request that is not served, or too many clients came at once. This section lists both the responses and the log lines; `times` in the log counts the occurrences since the previous line. No request costs a packet.',
    sources: ['http/', 'export/process-metrics.ts'],
  },
  {
    title: 'Pinned state',
    about:
      'The directory of `--state.pin` cannot be used, or another exporter uses it. The message names the path. At start the exporter exits before it touches a device: with 2 if the directory is unsuitable, with 1 if another process uses it. [upgrade.md](upgrade.md#counters-that-survive) describes what the directory must be; `xdp-exporter unpin` removes what is in it.',
    sources: ['cli/unpin.ts', 'kernel/state/'],
  },
  {
    title: 'File of --web.config.file',
    about:
      'The message names the file, the line and the key. At start the exporter exits with 2. Later it keeps the previous settings, sets `xdp_exporter_file_last_reload_successful` to 0, and reloads the file when it changes. [web-config.md](web-config.md) lists every key.',
    sources: ['web-config/'],
  },
  {
    title: 'File of --top.networks-file',
    about:
      'The message names the file and the line. At start the exporter exits with 2. Later it keeps the previous networks, sets `xdp_exporter_file_last_reload_successful` to 0, and reloads the file when it changes. [networks.md](networks.md) describes the file.',
    sources: ['engine/networks/'],
  },
  {
    title: 'OTLP',
    about:
      'A push has failed, or a variable cannot be used. Totals are cumulative, so the next push makes up for a lost one. [otlp.md](otlp.md) says what to do about each response of a collector.',
    sources: ['export/otlp/'],
  },
  {
    title: 'The second process',
    about:
      'The process that serves the network, or the one that checks passwords, has exited, hangs or cannot be started. The exporter restarts it and keeps counting. If this happens repeatedly, look for the first such message, and check the memory limit and `xdp_exporter_wire_restarts_total`. A message about a malformed call means that the files of the package were replaced: restart the exporter.',
    sources: [
      'border/',
      'supervisor/',
      'wire/',
      'exporter.ts',
      'engine/engine.ts',
      'kernel/life-line.ts',
      'kernel/socket-pair.ts',
    ],
  },
  {
    title: 'Top and log with a running exporter',
    about:
      '`top` and `log` join the exporter on the device by its control socket. They stop when it exits: start them again. [control.md](control.md) says who may join, and how many at once.',
    sources: [
      'control/',
      'snapshot/',
      'cli/joined-packets.ts',
      'kernel/unix-listener.ts',
      'wire/control.ts',
    ],
  },
  {
    title: 'Missing log lines',
    about: 'Nobody read the log, or it came too fast. The number of lines is in the message.',
    sources: ['log.ts', 'cli/held-log.ts', 'supervisor/log-gate.ts'],
  },
  {
    title: 'Service manager',
    about:
      'systemd cannot be told that the exporter is ready or alive. The exporter continues, but a unit with `Type=notify` may be restarted.',
    sources: ['engine/notifier.ts', 'kernel/notify-socket.ts'],
  },
  {
    title: 'The demo and its generator',
    about:
      'The demo needs root, iproute2 and Linux 5.18. To clean up after a killed demo, run `ip netns delete NAME`.',
    sources: ['cli/demo.ts', 'demo/', 'generator/', 'kernel/test-run.ts'],
  },
];
