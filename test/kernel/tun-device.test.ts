// SPDX-License-Identifier: Apache-2.0
// A real device without Ethernet headers: what is written to a tun device arrives there as bare IP packets.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { errorMessage } from '../../src/errors.ts';
import { checkErrno } from '../../src/ffi/errno.ts';
import { libc } from '../../src/ffi/libc.ts';
import { pinThread } from '../../src/kernel/cpu-affinity.ts';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import { listDevices } from '../../src/kernel/device.ts';
import { DeviceProgram } from '../../src/kernel/device-program.ts';
import { enterNetNamespace } from '../../src/kernel/net-namespace.ts';
import { SharedMaps } from '../../src/kernel/shared-maps.ts';
import { decodeRecord, type LoggedPacket } from './packet-table/logged-packet.ts';
import type { PacketCase } from './packet-table/packet-case.ts';
import { overIpv4, overIpv6, rawCase } from './packet-table/packet-case.ts';
import { ipv4, ipv6, PROTOCOLS, udp } from './packet-table/packets.ts';
import { openMapped, type RecordSource } from './packet-table/record-source.ts';
import { readDeviceCounters } from './support/device-counters.ts';
import { skipUnlessRoot } from './support/root.ts';

const OBJECT = fileURLToPath(new URL('../../bpf/xdp_exporter.bpf.o', import.meta.url));
const PROGRAM = 'xdp_exporter';
const NETNS = `xdp-tun-${process.pid}`;
const DEVICE = 'tun0';
const SLOT = 2;
const XDP_PASS = 2;
const DEADLINE_MS = 5000;

/** linux/if_tun.h; struct ifreq is 40 bytes, its flags behind a name of 16. */
const TUNSETIFF = 0x400454ca;
const IFF_TUN = 0x0001;
const IFF_NO_PI = 0x1000;
const IFREQ = { sizeBytes: 40, flags: 16 } as const;

/** In the namespace of the calling thread. */
function openTun(): number {
  const fd = openSync('/dev/net/tun', constants.O_RDWR);
  const request = Buffer.alloc(IFREQ.sizeBytes);
  request.write(DEVICE);
  request.writeUInt16LE(IFF_TUN | IFF_NO_PI, IFREQ.flags);
  try {
    checkErrno('make tun device', libc().ioctl(fd, TUNSETIFF, request));
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Half of each family, from a source each. */
const PACKETS: readonly PacketCase[] = Array.from({ length: 200 }, (_, index) => {
  const ports = [1000 + index, 53] as const;
  const four = { source: `10.1.0.${index}`, destination: '10.2.0.1' };
  const six = { source: `2001:db8::${index.toString(16)}`, destination: '2001:db8:1::1' };
  return [
    rawCase('', ipv4(PROTOCOLS.udp, udp(...ports, 20), four), {
      ...overIpv4(PROTOCOLS.udp, ports),
      ...four,
    }),
    rawCase('', ipv6(PROTOCOLS.udp, udp(...ports, 20), six), {
      ...overIpv6(PROTOCOLS.udp, ports),
      ...six,
    }),
  ];
}).flat();

describe('a tun device', { skip: skipUnlessRoot }, () => {
  const cpus = readCpuMask('online');
  let tun: number | undefined;
  let reason = '';

  before(() => {
    pinThread(cpus[0] ?? 0);
    execFileSync('ip', ['netns', 'add', NETNS]);
    // This process has no other test in it, so there is no need of a way back.
    enterNetNamespace(NETNS);
    try {
      tun = openTun();
    } catch (error) {
      reason = errorMessage(error);
      return;
    }
    // Without IPv6 the kernel itself sends nothing there.
    execFileSync('ip', ['link', 'set', DEVICE, 'addrgenmode', 'none', 'up']);
  });

  after(() => {
    if (tun !== undefined) {
      closeSync(tun);
    }
    execFileSync('ip', ['netns', 'delete', NETNS]);
  });

  // Only tap devices have native XDP, and those have Ethernet headers.
  test('400 UDP packets are parsed as IP, from the sources that sent them', async (t) => {
    if (tun === undefined) {
      t.skip(reason);
      return;
    }
    const maps = new SharedMaps(OBJECT, PROGRAM, {
      possibleCpus: readCpuMask('possible'),
      slots: SLOT + 1,
      ringRecords: 1024,
    });
    const sources = cpus.map((cpu) => openMapped(maps, cpu));
    const ifindex = listDevices().find(({ name }) => name === DEVICE)?.ifindex ?? 0;
    const program = new DeviceProgram(maps, PROGRAM_OPTIONS, ifindex, 'generic');
    t.after(() => {
      program.close();
      for (const source of sources) {
        source.close();
      }
      maps.close();
    });

    for (const { frame } of PACKETS) {
      assert.equal(writeSync(tun, frame), frame.length);
    }
    const records = await takeRecords(sources, PACKETS.length);
    assert.deepEqual(sorted(records), sorted(PACKETS.map(({ expected }) => expected)));
    assert.ok(records.every(({ slot }) => slot === SLOT));
    const { malformed, traffic } = readDeviceCounters(maps.devices, SLOT);
    assert.ok(malformed.every((count) => count === 0));
    assert.equal(traffic[2 * XDP_PASS], PACKETS.length);
  });
});

const PROGRAM_OPTIONS = {
  objectPath: OBJECT,
  programName: PROGRAM,
  slot: SLOT,
  link: 'ip',
  packetSizes: true,
  transport: 'mapped',
  recordTimes: false,
  multiBuffer: false,
} as const;

/** Until there are so many, or too much time has passed. */
async function takeRecords(
  sources: readonly RecordSource[],
  count: number,
): Promise<LoggedPacket[]> {
  const records: LoggedPacket[] = [];
  const deadline = process.hrtime.bigint() + BigInt(DEADLINE_MS) * 1_000_000n;
  while (records.length < count && process.hrtime.bigint() < deadline) {
    await setTimeout(5);
    records.push(...sources.flatMap((source) => source.take()).map(decodeRecord));
  }
  return records;
}

/** By source and port, what the headers say. */
function sorted(packets: readonly (LoggedPacket | PacketCase['expected'])[]): string[] {
  return packets
    .map((packet) =>
      [
        packet.family,
        packet.source,
        packet.destination,
        packet.protocol,
        packet.sourcePort,
        packet.destinationPort,
        packet.hopLimit,
        packet.tcpFlags,
        packet.vlan,
        packet.length,
        packet.malformed,
      ].join(' '),
    )
    .sort();
}
