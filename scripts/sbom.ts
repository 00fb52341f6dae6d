// SPDX-License-Identifier: Apache-2.0
// Prints the list of an artefact's components (CycloneDX): the modules of the npm package, and Debian's packages.
// "npm sbom" leaves out modules of which there are two versions, and those that the tests need as well.
// Usage: node sbom.js ARTEFACT NPM_PACKAGE [PACKAGES], in the project's folder, where lines of PACKAGES are "name version
// architecture".
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { v5 } from 'uuid';

interface Locked {
  readonly version: string;
  readonly integrity?: string;
  readonly license?: string;
}

const [artefact = '', npmPackage = '', packages] = process.argv.slice(2);
const sha256 = createHash('sha256').update(readFileSync(artefact)).digest('hex');
const epochMs = 1000 * Number(process.env['SOURCE_DATE_EPOCH']);
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Locked & { name: string };
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Readonly<Record<string, Locked>>;
};
const files = new Set(
  execFileSync('tar', ['-tzf', npmPackage], { encoding: 'utf8', maxBuffer: 2 ** 24 }).split('\n'),
);
const modules = Object.entries(lock.packages).filter(
  ([path]) => path !== '' && files.has(`package/${path}/package.json`),
);
const debian = packages === undefined ? [] : readFileSync(packages, 'utf8').trim().split('\n');

const bill = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  serialNumber: `urn:uuid:${v5(sha256, v5.URL)}`,
  version: 1,
  metadata: {
    timestamp: new Date(epochMs).toISOString(),
    component: {
      type: 'application',
      name: manifest.name,
      version: manifest.version,
      hashes: [{ alg: 'SHA-256', content: sha256 }],
      properties: [{ name: 'file', value: basename(artefact) }],
    },
  },
  components: [...modules.map(npmComponent), ...debian.map(debianComponent)],
};
process.stdout.write(`${JSON.stringify(bill, null, 2)}\n`);

function npmComponent([path, { version, integrity = '', license = '' }]: [string, Locked]) {
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  return {
    // The same version may lie in two places.
    'bom-ref': path,
    type: 'library',
    name,
    version,
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    hashes: [
      {
        alg: 'SHA-512',
        content: Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex'),
      },
    ],
    licenses: [{ expression: license }],
  };
}

function debianComponent(line: string) {
  const [name = '', version = '', architecture = ''] = line.split(' ');
  const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}`;
  return { 'bom-ref': purl, type: 'library', name, version, purl };
}
