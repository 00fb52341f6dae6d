// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFamilies } from '../../../../src/catalogue/families.ts';
import { createPrometheusExporter } from '../../../../src/export/prometheus.ts';
import { ACCEPT_PROTOBUF, type Sample } from '../../../e2e/support/exposition.ts';
import {
  absentDevice,
  deviceOf,
  packetSizesOf,
  snapshotOf,
  trafficOf,
} from '../../catalogue/snapshots.ts';
import { readExposition } from '../text/read-exposition.ts';
import { classicSamples, readProtobuf } from './read-protobuf.ts';

describe('render in protobuf', () => {
  it('writes the same metrics as protobuf for who asks for it, and one message for all who wait', async () => {
    const snapshot = snapshotOf([deviceOf('eth0'), absentDevice('eth9')], {
      traffic: [trafficOf(2, [1, 2]), undefined],
      packet_sizes: [packetSizesOf(), undefined],
    });
    const families = createFamilies({ version: '1.2.3', nodeVersion: 'v20.20.2' });
    const { render } = createPrometheusExporter(async () => families(snapshot), {
      disableExporterMetrics: false,
    });
    const [one, other, text] = await Promise.all([
      render(ACCEPT_PROTOBUF),
      render(ACCEPT_PROTOBUF),
      render('*/*'),
    ]);
    assert.equal(one, other);
    assert.equal(one.contentType, ACCEPT_PROTOBUF.replaceAll(';', '; '));
    const decoded = readProtobuf(one.body);
    const read = readExposition(text.body.toString(), 'text');
    assert.deepEqual(
      decoded.map((family) => [family.name, family.type.toLowerCase(), family.help]),
      read.map(({ name, type, help }) => [name, type, help]),
    );
    const seriesOf = ({ name, labels }: Sample) => [name, labels];
    assert.deepEqual(
      decoded.flatMap(classicSamples).map(seriesOf),
      read.flatMap(({ samples }) => samples).map(seriesOf),
    );
    const sizes = decoded.find(({ name }) => name === 'xdp_packet_size_bytes');
    assert.equal(sizes?.metric?.[0]?.histogram?.schema, 0);
  });
});
