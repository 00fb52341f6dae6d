// SPDX-License-Identifier: Apache-2.0
// Prints whether a program may change the length of a frame, as this process can tell: OBJECT PROGRAM.
import { argv, stdout } from 'node:process';
import { LengthChanges } from '../../../src/kernel/length-changes.ts';
import { ForeignPrograms } from '../../vm/support/foreign.ts';

const [object = '', name = ''] = argv.slice(2);
const foreign = new ForeignPrograms();
const mayHappen = new LengthChanges(object).mayHappenIn(foreign.fd(name));
foreign.close();
stdout.write(mayHappen ? 'possible' : 'impossible');
