// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FLOOD } from '../../../src/demo/filter-process.ts';
import { DEMO_MIX } from '../../../src/demo/mix.ts';
import { parseOptions } from '../../../src/generator/options.ts';
import { encodeSettings } from '../../../src/generator/settings.ts';

it('the demo mix is one that the generator takes, with both families and all protocols', () => {
  const options = { netns: 'lab', device: 'gen0', frames: 1, mix: [...DEMO_MIX, FLOOD] };
  const plan = parseOptions(JSON.stringify(options));
  assert.doesNotThrow(() => encodeSettings(plan, { ingress: 1, egress: 2 }));
  const kinds = new Set(DEMO_MIX.map(({ family, protocol }) => `${protocol}${family}`));
  assert.deepEqual([...kinds].sort(), ['icmp4', 'icmp6', 'tcp4', 'tcp6', 'udp4', 'udp6']);
});

it('the demo mix uses only addresses that are set aside for documentation', () => {
  for (const { sources } of DEMO_MIX) {
    assert.match(
      sources?.prefix ?? '',
      /^(192\.0\.2\.|198\.51\.100\.|203\.0\.113\.).*\/24$|^2001:db8:.*\/(32|48)$/,
    );
  }
});
