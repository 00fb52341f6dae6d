// SPDX-License-Identifier: Apache-2.0
// The documents on running a fleet: their configurations are valid, and what they refer to exists.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { COMMANDS, isCommand, optionsOf } from '../../src/options/commands.ts';
import { allPanels, dashboards } from './support/dashboards.ts';
import { PROJECT, recordings } from './support/rules.ts';

const read = (name: string) => readFileSync(new URL(name, PROJECT), 'utf8');
const SCALE = read('docs/scale.md');
const DASHBOARDS = read('docs/dashboards.md');
const yamlBlocks = [...SCALE.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = '']) => yaml);

const DOCUMENTS = [
  'capabilities',
  'dashboards',
  'kubernetes',
  'runbooks',
  'scale',
  'systemd',
  'web-config',
].map((name) => `docs/${name}.md`);
/** Of Prometheus, node_exporter, docker and podman. */
const OTHERS_FLAGS = [
  'config',
  'enable-feature',
  'cap-add',
  'security-opt',
  'collector.netdev.enable-detailed-metrics',
];

/** What Prometheus learned after 2.42, which Debian 12 has; the document says so of each. */
const NEWER_KEYS = ['scrape_protocols', 'scrape_classic_histograms'];

/** What promtool has to say against a configuration. */
function complaintsOf(yaml: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'xdp-scale-'));
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, yaml);
  const { status, stderr } = spawnSync('promtool', ['check', 'config', '--syntax-only', file]);
  rmSync(folder, { recursive: true });
  return status === 0 ? '' : `promtool ends with ${status}: ${stderr}`;
}

/** Without these keys of its jobs. */
function without(yaml: string, keys: readonly string[]): string {
  const { scrape_configs: jobs, ...others } = parse(yaml);
  const kept = jobs.map((job: object) =>
    Object.fromEntries(Object.entries(job).filter(([key]) => !keys.includes(key))),
  );
  return stringify({ ...others, scrape_configs: kept });
}

/** Hosts as Prometheus and as VictoriaMetrics know them; another program's host; one that comes back in time. */
const SILENT_HOST_TESTS = `
rule_files: [pushed.rules.yml]
tests:
  - interval: 1m
    input_series:
      - { series: 'target_info{job="xdp-exporter", instance="u-1", host_name="a"}', values: 1x10 }
      - { series: 'xdp_exporter_build_info{host_name="b", version="0.1.0"}', values: 1x10 }
      - { series: 'target_info{job="xdp-exporter", instance="u-2", host_name="c"}', values: 1x1600 }
      - { series: 'xdp_exporter_build_info{host_name="d", version="0.1.0"}', values: 1x10 _x8 1x40 }
      - { series: 'target_info{job="shop", instance="u-3", host_name="e"}', values: 1x10 }
    alert_rule_test:
      - { alertname: XdpExporterSilent, eval_time: 22m, exp_alerts: [] }
      - alertname: XdpExporterSilent
        eval_time: 30m
        exp_alerts:
          - exp_labels: { severity: warning, host_name: a }
            exp_annotations: { summary: No xdp-exporter on a has pushed for 10 minutes }
          - exp_labels: { severity: warning, host_name: b }
            exp_annotations: { summary: No xdp-exporter on b has pushed for 10 minutes }
      - { alertname: XdpExporterSilent, eval_time: 26h, exp_alerts: [] }
`;

describe('the documents on running it, and on running a fleet', () => {
  for (const [index, yaml] of yamlBlocks.entries()) {
    test(`give a configuration that Prometheus accepts, ${index + 1}`, () => {
      const complaints = complaintsOf(yaml);
      const unknown = NEWER_KEYS.filter((key) => complaints.includes(`field ${key} not found`));
      assert.equal(unknown.length === 0 ? complaints : complaintsOf(without(yaml, unknown)), '');
    });
  }

  test('send on every recorded series of the fleet and of nodes, and none of devices', () => {
    const text = yamlBlocks.find((yaml) => yaml.includes('remote_write')) ?? '';
    const [{ write_relabel_configs: configs }] = parse(text).remote_write;
    const kept = new RegExp(`^(?:${configs[0].regex})$`);
    for (const { record } of recordings) {
      assert.equal(kept.test(record), !record.startsWith('job_instance_netns_device'), record);
    }
    assert.ok(!kept.test('xdp_packets_total'));
  });

  test('give a rule that tells which host has stopped to push', () => {
    const folder = mkdtempSync(join(tmpdir(), 'xdp-pushed-'));
    const [, yaml = ''] = /```yaml\n(groups:.*?)```/s.exec(DASHBOARDS) ?? [];
    writeFileSync(join(folder, 'pushed.rules.yml'), yaml);
    const tests = join(folder, 'pushed.test.yml');
    writeFileSync(tests, SILENT_HOST_TESTS);
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', tests]);
    rmSync(folder, { recursive: true });
    assert.equal(status, 0, `${stdout}${stderr}`);
  });

  test('drop no series that a rule needs', () => {
    const text = yamlBlocks.find((yaml) => yaml.includes('metric_relabel_configs')) ?? '';
    const [{ metric_relabel_configs: configs }] = parse(text).scrape_configs;
    const dropped = new RegExp(`\\b(?:${configs[0].regex})\\b`);
    assert.ok(dropped.test('process_open_fds') && dropped.test('xdp_rx_queue_packets_total'));
    for (const { expr } of recordings) {
      assert.doesNotMatch(expr, dropped);
    }
  });

  test('name no recorded series that does not exist', () => {
    const names = new Set(recordings.map(({ record }) => record));
    for (const [name] of SCALE.matchAll(/\bjob_\w+:xdp_\w+:\w+/g)) {
      assert.ok(names.has(name), name);
    }
  });

  test('link to files and sections that exist', () => {
    for (const name of DOCUMENTS) {
      const base = new URL(name, PROJECT);
      for (const [, target = ''] of read(name).matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
        const [path = '', section] = target.split('#');
        assert.ok(existsSync(new URL(path, base)), `${name}: ${target}`);
        if (section !== undefined) {
          const text = readFileSync(new URL(path, base), 'utf8');
          const anchors = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
            title
              .toLowerCase()
              .replaceAll(/[^\w -]/g, '')
              .replaceAll(' ', '-'),
          );
          assert.ok(anchors.includes(section), `${name}: ${target}`);
        }
      }
    }
  });

  test('name panels in italics that the dashboards have', () => {
    const titles = new Set(
      dashboards.flatMap((dashboard) => [
        dashboard.title,
        ...allPanels(dashboard).map((panel) => panel.title),
      ]),
    );
    for (const name of ['docs/scale.md', 'docs/runbooks.md', 'docs/dashboards.md']) {
      for (const [, title = ''] of read(name).matchAll(/(?<![*\w])\*([A-Z][^*\n]*)\*(?![*\w])/g)) {
        assert.ok(titles.has(title), `${name}: ${title}`);
      }
    }
  });

  test('name flags that exist', () => {
    const commands = Object.keys(COMMANDS).filter(isCommand);
    const known = new Set(commands.flatMap((command) => Object.keys(optionsOf(command))));
    for (const name of DOCUMENTS) {
      for (const [, flag = ''] of read(name).matchAll(/`--(?:no-)?([\w.-]+)/g)) {
        assert.ok(known.has(flag) || OTHERS_FLAGS.includes(flag), `${name}: --${flag}`);
      }
    }
  });
});
