// SPDX-License-Identifier: Apache-2.0
// A demo without a machine.
import assert from 'node:assert/strict';
import { type DemoOptions, type DemoParts, runDemo } from '../../../src/demo/demo.ts';
import type { GeneratorOptions } from '../../../src/generator/options.ts';
import type { GeneratorResult } from '../../../src/generator/run.ts';

const RX = { netns: 'lab-rx', device: 'demo0' };
export const TX = { netns: 'lab-tx', device: 'gen0' };

const never = new Promise<never>(() => {});

/** A lab, an exporter and a generator that write down what happens to them. */
export class FakeDemo {
  readonly events: string[] = [];
  readonly abort = new AbortController();
  output = '';
  asked: GeneratorOptions | undefined;
  generatorDone: Promise<GeneratorResult> = never;
  exporterFailed: Promise<never> = never;
  packets = 0;
  dropped = 0;
  page: { readonly pageUrl?: string } = {};

  readonly options: DemoOptions = {
    rate: 200_000,
    signal: this.abort.signal,
    isTerminal: false,
    write: (text) => {
      this.output += text;
    },
    startExporter: async (end) => {
      assert.deepEqual(end, RX);
      this.events.push('exporter started');
      return {
        url: 'http://127.0.0.1:9/metrics',
        ...this.page,
        counts: async () => ({ packets: this.packets, dropped: this.dropped }),
        failed: this.exporterFailed,
        close: async () => {
          this.events.push('exporter closed');
        },
      };
    },
  };

  readonly parts: DemoParts = {
    intervalMs: 5,
    createLab: async () => {
      this.events.push('lab created');
      return {
        tx: TX,
        rx: RX,
        close: async () => {
          this.events.push('lab closed');
        },
      };
    },
    startFilter: async (end) => {
      assert.deepEqual(end, RX);
      this.events.push('filter started');
      return {
        id: 7,
        stop: async () => {
          this.events.push('filter stopped');
        },
      };
    },
    startGenerator: (options) => {
      this.events.push('generator started');
      this.asked = options;
      let stopped = false;
      return {
        pid: 1,
        done: this.generatorDone,
        stop: async () => {
          if (!stopped) {
            stopped = true;
            this.events.push('generator stopped');
          }
          return { sent: 1_234_567, dropped: 0, bytes: 0, seconds: 1, cpu: null };
        },
      };
    },
  };

  run(options: Partial<DemoOptions> = {}): Promise<void> {
    return runDemo({ ...this.options, ...options }, this.parts);
  }
}
