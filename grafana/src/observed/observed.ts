// SPDX-License-Identifier: Apache-2.0
// The dashboard "XDP observed programs": what other programs decide. Nothing of it has data where the exporter's own is attached,
// and Grafana cannot leave a row out by what there is, so it is a dashboard of its own.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { createDashboard } from '../dashboard.ts';
import { observation, programs, verdicts } from './rows.ts';

export function createObserved(): Dashboard {
  return createDashboard({
    title: 'XDP observed programs',
    uid: 'xdp-observed',
    description:
      "What the XDP programs of others decide, on devices where they are observed: their verdicts, drops and faults, and how well they are observed. Devices with the exporter's own program are not in it.",
    opening: 'all',
    sections: [programs, verdicts, observation],
  });
}
