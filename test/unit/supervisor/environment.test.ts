// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { wireEnvironment } from '../../../src/supervisor/environment.ts';

/** What it holds little memory by. */
const OWN = { MALLOC_ARENA_MAX: '1', NODE_OPTIONS: '--max-semi-space-size=1' };

describe('wireEnvironment', () => {
  it('passes what concerns the network, OpenTelemetry, TLS and the clock', () => {
    const passed = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c',
      https_proxy: 'http://p',
      NO_PROXY: '*',
      NODE_EXTRA_CA_CERTS: '/ca',
      SSL_CERT_FILE: '/s',
      TZ: 'UTC',
    };
    assert.deepEqual(wireEnvironment(passed), { ...OWN, ...passed });
  });

  it('passes nothing else', () => {
    const kept = {
      NOTIFY_SOCKET: '/run/n',
      WATCHDOG_USEC: '1',
      PATH: '/bin',
      HOME: '/root',
      LD_PRELOAD: '/x.so',
      XDP_EXPORTER_DEVICE: 'eth0',
      NODE_PATH: '/x',
      NODE_OPTIONS: '--import=/x.mjs --require /y --allow-child-process --inspect',
    };
    assert.deepEqual(wireEnvironment(kept), OWN);
  });

  it('passes the limits and authorities that NODE_OPTIONS choose', () => {
    const NODE_OPTIONS =
      '--max-old-space-size=96 --allow-addons --use-openssl-ca  --max_semi_space_size=4';
    assert.deepEqual(wireEnvironment({ NODE_OPTIONS }), {
      ...OWN,
      NODE_OPTIONS:
        '--max-semi-space-size=1 --max-old-space-size=96 --use-openssl-ca --max-semi-space-size=4',
    });
  });
});
