// SPDX-License-Identifier: Apache-2.0
// Makes the list of an artefact's components (CycloneDX, as "npm sbom" writes it, on standard input) say which artefact it is,
// and the same each time. Usage: node sbom.js ARTEFACT [PACKAGES], where lines of PACKAGES are "name version architecture" of
// Debian's packages in it.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { stdin } from 'node:process';
import { text } from 'node:stream/consumers';
import { v5 } from 'uuid';

interface Component {
  readonly name: string;
  readonly scope?: string;
  readonly 'bom-ref'?: string;
  readonly [field: string]: unknown;
}

interface Bill {
  readonly metadata: { readonly component: Component; readonly [field: string]: unknown };
  readonly components: readonly Component[];
  readonly dependencies?: readonly {
    readonly ref: string;
    readonly dependsOn?: readonly string[];
  }[];
  readonly [field: string]: unknown;
}

const [artefact = '', packages] = process.argv.slice(2);
const bill = JSON.parse(await text(stdin)) as Bill;
const sha256 = createHash('sha256').update(readFileSync(artefact)).digest('hex');
const epochMs = 1000 * Number(process.env['SOURCE_DATE_EPOCH']);
// Modules for other machines are locked, and not there.
const shipped = bill.components.filter(
  ({ scope, name }) => scope !== 'optional' || existsSync(`node_modules/${name}`),
);
const absent = new Set(
  bill.components.filter((each) => !shipped.includes(each)).map((each) => each['bom-ref']),
);
const dependencies = (bill.dependencies ?? [])
  .filter(({ ref }) => !absent.has(ref))
  .map(({ dependsOn = [], ...each }) => ({
    ...each,
    dependsOn: dependsOn.filter((ref) => !absent.has(ref)),
  }));
const debian = packages === undefined ? [] : readFileSync(packages, 'utf8').trim().split('\n');

process.stdout.write(
  `${JSON.stringify(
    {
      ...bill,
      // Made of the artefact itself, where npm draws one.
      serialNumber: `urn:uuid:${v5(sha256, v5.URL)}`,
      metadata: {
        ...bill.metadata,
        timestamp: new Date(epochMs).toISOString(),
        component: {
          ...bill.metadata.component,
          // npm takes the name of the folder.
          name: 'xdp-exporter',
          hashes: [{ alg: 'SHA-256', content: sha256 }],
          properties: [{ name: 'file', value: basename(artefact) }],
        },
      },
      components: [...shipped, ...debian.map(debianComponent)],
      dependencies,
    },
    null,
    2,
  )}\n`,
);

function debianComponent(line: string): Component {
  const [name = '', version = '', architecture = ''] = line.split(' ');
  const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}`;
  return { 'bom-ref': purl, type: 'library', name, version, purl };
}
