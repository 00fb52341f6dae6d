// SPDX-License-Identifier: Apache-2.0
// What people ask who see no error: the part of docs/troubleshooting.md that comes first.

/** Each question with its answer. */
const QUESTIONS: Readonly<Record<string, string>> = {
  'Why is a device not counted?':
    '`xdp_device_up` is 0 and `xdp_device_down_info` names the reason: look it up in [Reasons](#reasons). A device that has neither series is not selected: `xdp-exporter devices` lists the names, `--device` takes them.',
  'Why can I not reach the page or /metrics from another machine?':
    'The exporter listens on 127.0.0.1 unless you give `--web.listen-address`. On a loopback address it answers 421 to every name but `localhost`. Before you open a port, read [web-config.md](web-config.md).',
  'Why does another program fail to attach with EBUSY?':
    'A device has one XDP slot, and the exporter holds it. Run the exporter with `--mode observe` on that device, or give the device that mode by `--device-mode`. The slot is free as soon as the exporter has ended.',
  'Why is a device occupied by a program "xdp_exporter"?':
    'Another exporter counts on it, or one that ran with `--state.pin` left its program there. Start with the same `--state.pin`, or remove the program with [`xdp-exporter unpin`](upgrade.md#counters-that-survive).',
  'Why are there fewer and larger packets than on the wire?':
    'The program runs in generic mode, after GRO has merged packets: `xdp_program_info` has the mode. Use a driver with native XDP, and `--xdp-mode native` to refuse generic mode. See [counting.md](counting.md).',
  'Why do the numbers differ from those of ethtool or ip?':
    'XDP sees frames that arrive, without FCS and before the stack. What the network card drops has not arrived, and what the machine sends is not seen. See [counting.md](counting.md).',
  'Why is nearly everything in `other`?':
    'No single source, destination or port sends enough for a series of its own: an attack from random addresses looks like this. A new source, destination or port also counts as `other` until it gets its own series, a second or two after its first packet. `--top.min-share` and `--top.sources` set the limits.',
  'Why do counters begin at 0 again?':
    'They last as long as the process, unless you set [`--state.pin`](upgrade.md#counters-that-survive). Prometheus and OTLP backends handle a restart: use `rate` and `increase`.',
  'Why are records of packets lost or sampled out?':
    'Packets came faster than they could be read. `xdp_packets_total` includes all of them in any case; sources and ports are estimated from the records that were read. See the [runbook](runbooks.md#xdploggerloss).',
};

/** The section. */
export function questionsSection(): string {
  const answers = Object.entries(QUESTIONS).map(
    ([question, answer]) => `**${question}** ${answer}\n`,
  );
  return ['## Questions\n', ...answers].join('\n');
}
