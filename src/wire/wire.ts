// SPDX-License-Identifier: Apache-2.0
// The wire's entry: the process that talks to the network, without any right. It ends with the channel to the engine.
import { Socket } from 'node:net';
import { Border } from '../border/border.ts';
import type { EngineCalls, WireCalls } from '../border/calls.ts';
import { CHANNEL_FD } from '../border/descriptors.ts';
import { ExporterError } from '../errors.ts';
import type { OtlpSettings } from '../export/otlp/settings.ts';
import { createLog } from '../log.ts';
import { type Service, serve } from './serve.ts';

/** The engine is trusted; a snapshot of 100,000 series has some 10 MB. */
const MAX_MESSAGE_BYTES = 2 ** 30;

// They are meant for the engine, which ends us when it has what it needs. A terminal sends them to every process.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const) {
  process.on(signal, () => {});
}

let service: Service | undefined;
let starting: Promise<Service> | undefined;

const calls: WireCalls<OtlpSettings> = {
  async start(options) {
    if (starting !== undefined) {
      throw new ExporterError('start wire: it runs');
    }
    starting = serve(options, engine, log);
    service = await starting;
  },
  ping() {},
  async secure(security) {
    // What changes while it starts is newer than what it was started with.
    await (await starting)?.secure(security);
  },
  packets({ stream, batch }) {
    service?.packets(stream, batch);
  },
  async finish(last) {
    await service?.finish(last);
  },
};
const engine: Border<WireCalls<OtlpSettings>, EngineCalls> = new Border({
  channel: new Socket({ fd: CHANNEL_FD, readable: true, writable: true }),
  calls,
  maxMessageBytes: MAX_MESSAGE_BYTES,
});
const log = createLog((record) => engine.tell('log', record));

await engine.ended;
process.exit(0);
