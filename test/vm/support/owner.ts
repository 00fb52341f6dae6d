// SPDX-License-Identifier: Apache-2.0
// A process that owns a program on a device by a link, until it is killed: node owner.js IFINDEX PROGRAM-NAME
import { ForeignPrograms } from './foreign.ts';
import { attachByLink } from './hook.ts';

const [ifindex, name = ''] = process.argv.slice(2);
const foreign = new ForeignPrograms();
attachByLink(Number(ifindex), foreign.fd(name), 'native');
process.stdout.write(`${foreign.id(name)}\n`);
process.stdin.resume();
