// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { longestFrame, parseOptions } from '../../../src/generator/options.ts';

const PLACE = { netns: 'lab', device: 'gen0' };

const parse = (options: object) => parseOptions(JSON.stringify({ ...PLACE, ...options }));

const parseEntry = (entry: object) =>
  parse({ frames: 1, mix: [{ family: 4, protocol: 'udp', ...entry }] }).streams[0];

describe('parseOptions', () => {
  it('fills in every default', () => {
    assert.deepEqual(parse({ frames: 7 }), {
      ...PLACE,
      frames: 7,
      durationSeconds: Number.POSITIVE_INFINITY,
      rate: Number.POSITIVE_INFINITY,
      burst: undefined,
      cpu: undefined,
      seed: 0,
      progress: false,
      streams: [
        {
          family: 4,
          protocol: 'udp',
          weight: 1,
          length: { from: 60, to: 60 },
          port: { from: 9, to: 9 },
          sources: { kind: 'fixed', count: 1, first: Buffer.from([192, 0, 2, 1]) },
          destinations: { kind: 'fixed', count: 1, first: Buffer.from([198, 18, 0, 1]) },
          flags: [],
          vlan: undefined,
        },
      ],
    });
  });

  it('takes everything that can be said', () => {
    const sources = { kind: 'skewed', count: 9, prefix: '2001:db8::1/32' };
    const length = { from: 78, to: 1514 };
    const plan = parse({
      frames: 10,
      durationSeconds: 0.5,
      rate: 200_000,
      cpu: 1,
      seed: 42,
      progress: true,
      mix: [
        {
          family: 6,
          protocol: 'tcp',
          weight: 3,
          length,
          sources,
          destinations: { kind: 'uniform', count: 4, prefix: '2001:db8:9::1/64' },
          flags: ['fin', 'ack'],
          vlan: 4094,
        },
        { family: 4, protocol: 'icmp' },
      ],
    });
    assert.deepEqual(
      [plan.durationSeconds, plan.rate, plan.cpu, plan.seed, plan.progress],
      [0.5, 200_000, 1, 42, true],
    );
    assert.equal(plan.streams[0]?.weight, 3);
    assert.deepEqual(plan.streams[0]?.length, length);
    assert.equal(plan.streams[0]?.sources.kind, 'skewed');
    assert.equal(plan.streams[0]?.destinations.count, 4);
    assert.deepEqual(plan.streams[0]?.flags, ['fin', 'ack']);
    assert.equal(plan.streams[0]?.vlan, 4094);
    assert.equal(longestFrame(plan), 1514);
  });

  it('takes bursts in place of a rate', () => {
    const burst = { frames: 20_000, everySeconds: 0.5 };
    assert.deepEqual(parse({ durationSeconds: 60, burst }).burst, burst);
  });

  it('sends SYN where nothing is said of the flags of TCP', () => {
    assert.deepEqual(parseEntry({ protocol: 'tcp' })?.flags, ['syn']);
  });

  it('makes the shortest frame that the headers allow where no length is given', () => {
    const lengths = (['udp', 'tcp', 'icmp'] as const).flatMap((protocol) =>
      ([4, 6] as const).map((family) => parseEntry({ family, protocol })?.length.from),
    );
    assert.deepEqual(lengths, [60, 62, 60, 74, 60, 62]);
    assert.equal(parseEntry({ family: 6, protocol: 'tcp', vlan: 1 })?.length.from, 78);
  });

  const refused: readonly [string, object, RegExp][] = [
    ['no end', {}, /they have no end; give "frames", "durationSeconds" or both/],
    ['an empty namespace', { netns: '', frames: 1 }, /read "netns" .*: ""; it must be a text/],
    ['no device', { device: undefined, frames: 1 }, /"device" .*: it is missing/],
    ['a misspelt field', { frames: 1, pps: 5 }, /"pps" is not one of its fields/],
    ['half a frame', { frames: 1.5 }, /"frames" .*: 1.5; it must be a whole number/],
    ['no frames', { frames: 0 }, /"frames" .*: 0; it must be a number from 1 to 1000000000000/],
    ['a negative rate', { frames: 1, rate: -1 }, /"rate" .*: -1; it must be a number from 0/],
    ['a rate as text', { frames: 1, rate: '5' }, /"rate" .*: "5"; it must be a number/],
    ['a switch as text', { frames: 1, progress: 'yes' }, /"yes"; it must be true or false/],
    [
      'a rate beside bursts',
      { frames: 1, rate: 1, burst: { frames: 1, everySeconds: 1 } },
      /they have "rate" and "burst"; leave one out/,
    ],
    [
      'a burst that blocks the thread',
      { frames: 1, burst: { frames: 2 ** 21, everySeconds: 1 } },
      /"frames" of "burst": 2097152; it must be a number from 1 to 1048576/,
    ],
    ['an empty mix', { frames: 1, mix: [] }, /"mix" .*: \[\]; it must be a list of 1 to 32/],
    ['a mix of text', { frames: 1, mix: ['udp'] }, /entry 0 of the mix "udp": not a JSON object/],
  ];
  for (const [what, options, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(() => parse(options), { name: 'ConfigError', message });
    });
  }

  const refusedEntries: readonly [string, object, RegExp][] = [
    ['an unknown family', { family: 5 }, /"family" of entry 0 of the mix: 5; .* one of 4, 6/],
    ['an unknown protocol', { protocol: 'sctp' }, /"sctp"; it must be one of udp, tcp, icmp/],
    ['a weight of zero', { weight: 0 }, /"weight" .*: 0/],
    ['a frame too short for Ethernet', { length: 59 }, /"length" .*: 59; .* from 60 to 3408/],
    ['a frame too short for IPv6', { family: 6, length: 61 }, /from 62 to 3408/],
    ['a frame too long for a page', { length: 3409 }, /"length" .*: 3409/],
    ['a range that runs back', { length: { from: 100, to: 99 } }, /"to" .*: 99; .* from 100/],
    ['port 0', { port: 0 }, /"port" .*: 0/],
    ['a range with more to it', { length: { from: 60, to: 61, by: 1 } }, /"by" is not one/],
    [
      'more sources than the prefix has',
      { sources: { kind: 'cycle', count: 256, prefix: '192.0.2.1/24' } },
      /"count" of "sources": 256; from "192.0.2.1\/24" to the end of its prefix are 255/,
    ],
    [
      'many fixed sources',
      { sources: { kind: 'fixed', count: 2, prefix: '192.0.2.1/24' } },
      /"count" .*: 2; it must be a number from 1 to 1$/,
    ],
    [
      'more destinations than the prefix has',
      { destinations: { kind: 'cycle', count: 3, prefix: '192.0.2.254/24' } },
      /"count" of "destinations": 3; from "192.0.2.254\/24" to the end of its prefix are 2/,
    ],
    ['flags of UDP', { flags: ['syn'] }, /"flags" is not one of its fields/],
    [
      'a flag that TCP has not',
      { protocol: 'tcp', flags: ['syn', 'cwr'] },
      /"flags" .*: \["syn","cwr"\]; it must be a list of fin, syn, rst, psh, ack, urg/,
    ],
    ['VLAN 4095', { vlan: 4095 }, /"vlan" .*: 4095; it must be a number from 1 to 4094/],
    ['sources without a prefix', { sources: { kind: 'cycle' } }, /"prefix" .*: it is missing/],
  ];
  for (const [what, entry, message] of refusedEntries) {
    it(`refuses ${what}`, () => {
      assert.throws(() => parseEntry(entry), { name: 'ConfigError', message });
    });
  }

  it('refuses what is not JSON, and says how to call it where there is nothing', () => {
    assert.throws(() => parseOptions('{'), { name: 'ConfigError', message: /^read generator opt/ });
    assert.throws(() => parseOptions('[]'), { message: /\[\]: not a JSON object$/ });
    assert.throws(() => parseOptions(undefined), { message: /there are none; usage: generate.js/ });
  });
});
