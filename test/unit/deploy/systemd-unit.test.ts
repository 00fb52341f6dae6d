// SPDX-License-Identifier: Apache-2.0
// The unit and its settings, as far as they can be judged without running them: see test/systemd for the rest.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseCommandLine } from '../../../src/cli/command-line.ts';
import { missingCapabilities } from '../../../src/engine/capabilities.ts';
import { ConfigError, RequirementError } from '../../../src/errors.ts';
import { DEVICE } from '../../../src/kernel/layout.ts';
import { loadingOption } from '../../../src/node-options.ts';
import { DEFAULT_SLOTS, isEmptySelection, readSelection } from '../../../src/options/settings.ts';
import { ringSizeBytes } from '../../../src/recorder/ring.ts';

const FOLDER = new URL('../../../../deploy/systemd/', import.meta.url);
const UNIT = readFileSync(new URL('xdp-exporter.service', FOLDER), 'utf8');
const SETTINGS = readFileSync(new URL('xdp-exporter.env', FOLDER), 'utf8');

const COMMAND = 'ExecStart=xdp-exporter run';
/** The engine and the wire, which is given the same limit. */
const PROCESSES = 2;
/** What the process takes at rest, rings and counters apart. */
const REST_MIB = 90;

const NO_ANALYZER = spawnSync('systemd-analyze', ['--version']).error !== undefined;

function valuesOf(key: string): string[] {
  return [...UNIT.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value);
}

/** What systemd would say of a unit whose command is on this machine. */
function verify(unit: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'xdp-unit-'));
  const file = join(folder, 'xdp-exporter.service');
  writeFileSync(file, unit.replace(COMMAND, `ExecStart=${process.execPath}`));
  const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
    encoding: 'utf8',
  });
  rmSync(folder, { recursive: true });
  return `${stdout}${stderr}`;
}

/** Lines that set a variable, and with `examples` those that are commented out as well. */
function readSettings(examples: boolean): Record<string, string> {
  const pattern = examples ? /^#?(XDP_EXPORTER_\w+)=(.*)$/gm : /^(XDP_EXPORTER_\w+)=(.*)$/gm;
  return Object.fromEntries(
    [...SETTINGS.matchAll(pattern)].map(([, name = '', value = '']) => [name, value]),
  );
}

async function parse(settings: Readonly<Record<string, string>>) {
  const line = await parseCommandLine(['run'], settings, '1.2.3');
  assert.ok(line?.command === 'run');
  return readSelection(line.values);
}

describe('the systemd unit', () => {
  it('holds nothing that systemd does not know', {
    skip: NO_ANALYZER && 'needs systemd-analyze',
  }, () => {
    assert.ok(UNIT.includes(`${COMMAND}\n`));
    assert.equal(verify(UNIT), '');
    assert.match(verify(`${UNIT}[Service]\nNoSuchKey=yes\n`), /NoSuchKey/);
  });

  it('grants the capabilities that the exporter asks for, and no other', () => {
    const wanted = missingCapabilities(0n, false).map((text) => text.split(' ')[0]);
    for (const key of ['AmbientCapabilities', 'CapabilityBoundingSet']) {
      const [granted = ''] = valuesOf(key);
      assert.deepEqual(granted.split(' ').sort(), wanted.sort());
    }
  });

  it('has room for both heaps, and for the rings and counters of up to 256 CPUs', () => {
    const limitMib = Number(/^(\d+)M$/.exec(valuesOf('MemoryMax')[0] ?? '')?.[1]);
    const heapMib = Number(/--max-old-space-size=(\d+)$/m.exec(UNIT)?.[1]);
    for (let cpus = 1; cpus <= 256; cpus++) {
      const kernelBytes = cpus * (ringSizeBytes(cpus) + DEFAULT_SLOTS * DEVICE.sizeBytes);
      const leftMib = limitMib - PROCESSES * heapMib - kernelBytes / (1024 * 1024);
      assert.ok(leftMib >= REST_MIB, `${leftMib} MiB left with ${cpus} CPUs`);
    }
  });

  it('refuses perf_event_open(2), which the logger does not need', {
    skip: NO_ANALYZER && 'needs systemd-analyze',
  }, () => {
    assert.deepEqual(valuesOf('SystemCallFilter').at(-1), 'bpf');
    const services = spawnSync('systemd-analyze', ['syscall-filter', '@system-service'], {
      encoding: 'utf8',
    }).stdout;
    assert.match(services, /@basic-io/);
    assert.doesNotMatch(services, /perf_event_open|@debug/);
  });

  it('lets no variable choose a library or a module', () => {
    const unset = valuesOf('UnsetEnvironment').flatMap((names) => names.split(' '));
    const libraries = ['LD_PRELOAD', 'LD_LIBRARY_PATH', 'LD_AUDIT', 'GCONV_PATH'];
    const ofOpenssl = ['OPENSSL_CONF', 'OPENSSL_MODULES', 'OPENSSL_ENGINES'];
    for (const name of [...libraries, ...ofOpenssl, 'NODE_PATH']) {
      assert.ok(unset.includes(name), name);
    }
    // It would be unset as well, and with it the limit of the heap: the exporter itself refuses what loads code.
    assert.ok(!unset.includes('NODE_OPTIONS'));
    for (const options of valuesOf('Environment')) {
      assert.equal(loadingOption(options.replace('NODE_OPTIONS=', '')), undefined);
    }
  });

  it('does not try again what another try cannot mend', () => {
    const [status] = valuesOf('RestartPreventExitStatus');
    assert.equal(status, String(new ConfigError('').exitCode));
    assert.equal(status, String(new RequirementError('').exitCode));
  });
});

describe('the settings of the systemd unit', () => {
  it('choose a device as they come', async () => {
    assert.equal(isEmptySelection(await parse(readSettings(false))), false);
  });

  it('show variables that a flag of "run" has, with values that it takes', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'xdp-unit-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'exporter.yaml');
    writeFileSync(file, '');
    // On this machine the file lies elsewhere.
    const examples = { ...readSettings(true), XDP_EXPORTER_CONFIG_FILE: file };
    assert.ok('XDP_EXPORTER_CONFIG_FILE' in readSettings(true));
    assert.ok(Object.keys(examples).length > 5);
    const read = new Set<string>();
    const watched = new Proxy<Record<string, string>>(examples, {
      get(target, name: string) {
        read.add(name);
        return target[name];
      },
    });
    await parse(watched);
    assert.deepEqual(
      Object.keys(examples).filter((name) => !read.has(name)),
      [],
    );
  });
});
