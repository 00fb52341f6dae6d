// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { findDefaultRouteDevice } from '../../../src/kernel/default-route.ts';
import { findDevice } from '../../../src/kernel/device.ts';

const IPV4_HEADER =
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT       ';

interface Ipv4Route {
  readonly device: string;
  readonly destination?: string;
  readonly mask?: string;
  readonly flags?: string;
  readonly metric?: number;
}

/** A line of /proc/net/route. */
function ipv4({ device, destination, mask, flags, metric }: Ipv4Route): string {
  const columns = [
    device,
    destination ?? '00000000',
    '0102A8C0',
    flags ?? '0003',
    0,
    0,
    metric ?? 0,
  ];
  return `${[...columns, mask ?? '00000000', 0, 0, 0].join('\t')}          `;
}

const ZERO = '0'.repeat(32);

interface Ipv6Route {
  readonly device: string;
  readonly destination?: string;
  readonly length?: string;
  readonly flags?: string;
  readonly metric?: string;
}

/** A line of /proc/net/ipv6_route. */
function ipv6({ device, destination, length, flags, metric }: Ipv6Route): string {
  const nextHop = 'fe800000000000000000000000000001';
  const target = `${destination ?? ZERO} ${length ?? '00'} ${ZERO} 00 ${nextHop}`;
  return `${target} ${metric ?? '00000400'} 00000001 00000000 ${flags ?? '00000003'}     ${device}`;
}

describe('findDefaultRouteDevice', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'routes-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function find(ipv4Lines?: readonly string[], ipv6Lines?: readonly string[]): string | undefined {
    if (ipv4Lines !== undefined) {
      writeFileSync(join(root, 'route'), `${[IPV4_HEADER, ...ipv4Lines].join('\n')}\n`, 'latin1');
    }
    if (ipv6Lines !== undefined) {
      writeFileSync(
        join(root, 'ipv6_route'),
        ipv6Lines.map((line) => `${line}\n`).join(''),
        'latin1',
      );
    }
    return findDefaultRouteDevice(root)?.toString('latin1');
  }

  it('finds the IPv4 default route among others', () => {
    const local = ipv4({ device: 'eth1', destination: '0002A8C0', mask: '00FFFFFF' });
    assert.equal(find([local, ipv4({ device: 'eth0' })], []), 'eth0');
  });

  it('takes the lowest of several metrics as a number, not as text', () => {
    const routes = [
      ipv4({ device: 'wlan0', metric: 600 }),
      ipv4({ device: 'eth0', metric: 100 }),
      ipv4({ device: 'usb0', metric: 1000 }),
    ];
    assert.equal(find(routes), 'eth0');
  });

  it('takes the first of equal metrics', () => {
    assert.equal(find([ipv4({ device: 'eth1' }), ipv4({ device: 'eth0' })]), 'eth1');
  });

  it('passes over routes that are down', () => {
    const down = ipv4({ device: 'eth0', flags: '0002' });
    assert.equal(find([down, ipv4({ device: 'eth1', metric: 100 })]), 'eth1');
    assert.equal(find([down]), undefined);
  });

  it('does not take half of the address space for a default route', () => {
    assert.equal(find([ipv4({ device: 'tun0', mask: '00000080' })]), undefined);
  });

  it('passes over routes that lead to no device, as blackhole and unreachable ones do', () => {
    const blackhole = ipv4({ device: '*', flags: '0001' });
    const unreachable = ipv4({ device: '*', flags: '0201', metric: 5 });
    assert.equal(find([blackhole, unreachable, ipv4({ device: 'eth0', metric: 100 })]), 'eth0');
    assert.equal(find([blackhole, unreachable]), undefined);
  });

  it('falls back to IPv6 where IPv4 has no default route', () => {
    const local = ipv4({ device: 'eth1', destination: '0002A8C0', mask: '00FFFFFF' });
    assert.equal(find([local], [ipv6({ device: 'eth0' })]), 'eth0');
    assert.equal(find([], [ipv6({ device: 'eth0' })]), 'eth0');
  });

  it('prefers IPv4, whatever the metrics', () => {
    const routes = [ipv6({ device: 'eth1', metric: '00000001' })];
    assert.equal(find([ipv4({ device: 'eth0', metric: 5000 })], routes), 'eth0');
  });

  it('reads the metrics of IPv6 as hexadecimal numbers', () => {
    const routes = [
      ipv6({ device: 'eth0', metric: '00000400' }),
      ipv6({ device: 'eth1', metric: '000000ff' }),
      ipv6({ device: 'eth2', metric: '00000800' }),
    ];
    assert.equal(find([], routes), 'eth1');
  });

  it('passes over IPv6 routes that are down, not default, or lead to lo', () => {
    const others = [
      ipv6({ device: 'lo', flags: '00200201', metric: 'ffffffff' }),
      ipv6({ device: 'eth1', flags: '00000002', metric: '00000001' }),
      ipv6({ device: 'eth2', length: '40' }),
      ipv6({ device: 'eth3', destination: `20010db8${'0'.repeat(24)}` }),
    ];
    assert.equal(find([], others), undefined);
    assert.equal(find([], [...others, ipv6({ device: 'eth0' })]), 'eth0');
  });

  it('finds none in empty tables, and none where the kernel has no such table', () => {
    assert.equal(find([], []), undefined);
    rmSync(join(root, 'route'));
    rmSync(join(root, 'ipv6_route'));
    assert.equal(find(), undefined);
  });

  it('finds IPv6 where the kernel has no IPv4', () => {
    assert.equal(find(undefined, [ipv6({ device: 'eth0' })]), 'eth0');
  });

  it('gives the bytes of a name, whatever white space they would be in another charset', () => {
    for (const device of [
      'et\xffh',
      '\xe3\x80\x80sp',
      'u\xe2\x80\xa8v',
      '\xa0',
      'x\x1cy',
      'a"b\\{}',
    ]) {
      assert.equal(find([ipv4({ device })], []), device);
      assert.equal(find([], [ipv6({ device })]), device);
    }
  });

  it('is not confused by damaged lines', () => {
    const damaged = ['eth0', 'eth0\t00000000', '', '\t\t\t\t\t\t\t', 'Iface Destination'];
    assert.equal(find(damaged, ['0', `${ZERO} 00`, '']), undefined);
  });

  it("reads this machine's tables", () => {
    const device = findDefaultRouteDevice();
    assert.ok(device === undefined || findDevice(device) !== undefined);
  });
});
