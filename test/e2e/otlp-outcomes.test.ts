// SPDX-License-Identifier: Apache-2.0
// The outcome table of docs/otlp.md at a million packets a second: whatever a collector does, no packet and no scrape
// suffers, and memory stays flat.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type GeneratorProcess, startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { type Certificates, makeCertificates } from './support/certificates.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { parseExposition, sumOf } from './support/exposition.ts';
import { exporterBytes } from './support/memory.ts';
import { until } from './support/namespace.ts';
import { atRest } from './support/outcomes.ts';
import {
  accept,
  answer,
  type Behaviour,
  endless,
  hang,
  ScriptedCollector,
  truncated,
} from './support/scripted-collector.ts';

const MIB = 1024 * 1024;
const RATE = 1_000_000;
/** Too short for a retry: those have tests of their own. */
const INTERVAL_MS = 700;

/** ExportMetricsServiceResponse: partial_success = 1 { rejected_data_points = 1; error_message = 2 }. */
const PARTIAL = Buffer.from('\x0a\x0b\x08\x07\x12\x07too old', 'latin1');

interface Case {
  readonly behaviour: Behaviour;
  readonly outcome: 'success' | 'failure';
  /** In the log. */
  readonly cause?: RegExp;
}

const CASES: Readonly<Record<string, Case>> = {
  hangs: { behaviour: hang, outcome: 'failure', cause: /no answer within 0\.7 s/ },
  'answers 429 and says when to come again': {
    behaviour: answer(429, '', { 'retry-after': '1' }),
    outcome: 'failure',
    cause: /HTTP 429/,
  },
  'answers 500': { behaviour: answer(500), outcome: 'failure', cause: /HTTP 500/ },
  'answers 502': {
    behaviour: answer(502),
    outcome: 'failure',
    cause: /HTTP 429, 502, 503 or 504|no answer/,
  },
  'answers 503': {
    behaviour: answer(503),
    outcome: 'failure',
    cause: /HTTP 429, 502, 503 or 504|no answer/,
  },
  'answers 504': {
    behaviour: answer(504),
    outcome: 'failure',
    cause: /HTTP 429, 502, 503 or 504|no answer/,
  },
  'answers 400': { behaviour: answer(400, 'no'), outcome: 'failure', cause: /HTTP 400 .*: no/ },
  'answers 413': { behaviour: answer(413), outcome: 'failure', cause: /HTTP 413/ },
  'takes a part': {
    behaviour: answer(200, PARTIAL),
    outcome: 'success',
    cause: /took them, but: .*rejectedDataPoints.*7.*too old/,
  },
  'breaks its answer off': { behaviour: truncated(200), outcome: 'success' },
  'answers nonsense': { behaviour: answer(200, '}{'), outcome: 'success' },
  'answers without end': {
    behaviour: endless(),
    outcome: 'failure',
    cause: /exceeded size limit/,
  },
  'answers a byte at a time': { behaviour: endless(100), outcome: 'failure', cause: /no answer/ },
  ...Object.fromEntries(
    [301, 302, 307, 308].map((status) => [`redirects by ${status}`, redirect(status)]),
  ),
};

function redirect(status: number): Case {
  return {
    behaviour: answer(status, '', { location: 'https://elsewhere.example/' }),
    outcome: 'failure',
    cause: new RegExp(`HTTP ${status} .*redirects are not followed`),
  };
}

describe('at a million packets a second, a collector that', { skip: skipUnlessRoot }, () => {
  let certificates: Certificates;
  let lab: Lab;
  let collector: ScriptedCollector;
  let exporter: ExporterProcess;
  let load: GeneratorProcess;
  let watch: Watch;
  let startMs = 0;

  before(async () => {
    certificates = makeCertificates();
    lab = await createLab({ name: 'outcomes' });
    collector = await ScriptedCollector.start(certificates.good);
    const devices = ['--netns', lab.rx.netns, '--device', lab.rx.device];
    exporter = await ExporterProcess.start([...devices, '--otlp.endpoint', collector.url], {
      env: {
        OTEL_METRIC_EXPORT_INTERVAL: String(INTERVAL_MS),
        OTEL_EXPORTER_OTLP_CERTIFICATE: certificates.caFile,
      },
    });
    startMs = performance.now();
    load = startGenerator({ ...lab.tx, durationSeconds: 300, rate: RATE });
    watch = watchScrapes(exporter);
    await until('a push arrives', () => collector.requests > 0);
  });
  after(async () => {
    await watch?.stop();
    await load?.stop().catch(() => {});
    await exporter?.close();
    await collector?.close();
    await lab?.close();
    certificates?.close();
  });

  const countOf = async (outcome: string) =>
    sumOf(await exporter.scrape(), 'xdp_otlp_exports_total', { outcome });

  /** Waits for one more of `outcome` and for its cause in what is logged meanwhile, then for all to be well again. */
  async function judge({ outcome, cause }: Omit<Case, 'behaviour'>, mend: () => unknown) {
    const before = await countOf(outcome);
    const logged = exporter.log.length;
    await until(`one more ${outcome}`, async () => (await countOf(outcome)) > before);
    if (cause !== undefined) {
      await until(`${cause}`, () => cause.test(exporter.log.slice(logged)));
    }
    await mend();
    const successes = await countOf('success');
    await until('a push succeeds', async () => (await countOf('success')) > successes);
  }

  for (const [name, { behaviour, ...expected }] of Object.entries(CASES)) {
    test(name, async () => {
      collector.behaviour = behaviour;
      await judge(expected, () => {
        collector.behaviour = accept;
      });
    });
  }

  for (const [name, cause] of [
    ['expired', /CERT_HAS_EXPIRED/],
    ['wrongName', /ERR_TLS_CERT_ALTNAME_INVALID/],
    ['unknown', /UNABLE_TO_VERIFY_LEAF_SIGNATURE/],
  ] as const) {
    test(`has a certificate that is ${name}`, async () => {
      collector.present(certificates[name]);
      await judge({ outcome: 'failure', cause }, () => collector.present(certificates.good));
    });
  }

  test('refuses connections', async () => {
    await collector.close();
    await judge({ outcome: 'failure', cause: /ECONNREFUSED/ }, () => collector.listen());
  });

  test('does the worst of that again and again costs no more memory', async () => {
    const failures = await countOf('failure');
    collector.behaviour = endless();
    const fail = (count: number) =>
      until('pushes fail', async () => (await countOf('failure')) >= failures + count, 20);
    // The library holds up to 4 MiB of an answer until the garbage is collected.
    await fail(5);
    const before = exporterBytes(exporter.pid);
    await fail(10);
    collector.present(certificates.unknown);
    await fail(15);
    const grown = exporterBytes(exporter.pid) - before;
    assert.ok(grown < 16 * MIB, `${(grown / MIB).toFixed(1)} MiB more`);
  });

  test('did all of that has cost no packet and no scrape', async () => {
    const { slowestMs, slowest, scrapes } = await watch.stop();
    const { sent } = await load.stop();
    const rate = (sent * 1000) / (performance.now() - startMs);
    assert.ok(rate > 0.8 * RATE, `${rate} packets per second`);
    assert.ok(scrapes > 100, `${scrapes} scrapes`);
    // A push that is stuck is given up after seconds: a scrape that waited for one would take as long.
    assert.ok(slowestMs < 1000, `scrape ${slowest} of ${scrapes} took ${slowestMs} ms`);
    const { ringFull, noRing, sampledOut } = await atRest(exporter, sent);
    assert.deepEqual({ ringFull, noRing, sampledOut }, { ringFull: 0, noRing: 0, sampledOut: 0 });
    assert.doesNotMatch(exporter.log, /level=error/);
  });
});

interface Watched {
  readonly scrapes: number;
  readonly slowestMs: number;
  /** Which of them that was. */
  readonly slowest: number;
}

interface Watch {
  stop(): Promise<Watched>;
}

/** Scrapes ten times a second until it is stopped. */
function watchScrapes(exporter: ExporterProcess): Watch {
  let stopped = false;
  let slowestMs = 0;
  let slowest = 0;
  let scrapes = 0;
  const done = (async () => {
    while (!stopped) {
      const startMs = performance.now();
      parseExposition(await exporter.get('metrics'));
      const tookMs = performance.now() - startMs;
      scrapes++;
      if (tookMs > slowestMs) {
        slowestMs = tookMs;
        slowest = scrapes;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return { slowestMs, slowest, scrapes };
  })();
  return {
    stop: () => {
      stopped = true;
      return done;
    },
  };
}
