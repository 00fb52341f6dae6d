// SPDX-License-Identifier: Apache-2.0
// Netlink sockets: a kernel's whole answers, notices and refusals of any bytes end in devices or in an error that says so.
import assert from 'node:assert/strict';
import { ExporterError } from '../../../src/errors.ts';
import { defaultRouteDevices } from '../../../src/kernel/default-route.ts';
import { listDevices } from '../../../src/kernel/device.ts';
import { LinkEvents } from '../../../src/kernel/link-events.ts';
import { readXdpFeatures } from '../../../src/kernel/xdp-features.ts';
import { answerNetlink } from '../fake-libraries.ts';
import { Script } from '../script.ts';
import type { Target } from '../target.ts';

function noticed(): void {
  const events = new LinkEvents();
  assert.equal(typeof events.changed(), 'boolean');
  events.close();
}

function routed(): void {
  const devices = defaultRouteDevices();
  assert.ok(new Set(devices).size === devices.length && devices.every((ifindex) => ifindex > 0));
}

function listed(): void {
  assert.ok(listDevices().every(({ ifindex }) => ifindex > 0));
}

function featured(): void {
  const features = readXdpFeatures(3);
  assert.ok(features === undefined || typeof features.native === 'boolean');
}

const ASKS = [listed, routed, noticed, featured] as const;

export const netlinkSocket: Target = {
  name: 'netlink-socket',
  maxBytes: 1024,
  run(input) {
    const script = new Script(input);
    const ask = ASKS[script.u8() % ASKS.length];
    answerNetlink(script);
    try {
      ask?.();
    } catch (error) {
      assert.ok(error instanceof ExporterError, String(error));
    }
    return undefined;
  },
};
