// SPDX-License-Identifier: Apache-2.0
// Configuration files that are refused, and the line that says so, with the line of the file.
import { EMPTY, type Refused } from './refused.ts';

const FILE = ['--config.file', '{file}'];

export const REFUSED_FILES: readonly Refused[] = [
  {
    argv: ['--config.file', '/dev/zero'],
    message:
      'read --config.file "/dev/zero": not a regular file; name one that the exporter may read',
  },
  { argv: ['--config.file', ''], message: `read --config.file "": ${EMPTY}` },
  {
    argv: FILE,
    file: 'device: eth0\nlog.levle: debug\n',
    message: 'read {file}:2 "log.levle": no option of run has that name; did you mean "log.level"?',
  },
  {
    argv: FILE,
    file: 'log:\n  level: debug\n',
    message:
      'read {file}:1 "log": no option of run has that name; keys are whole names, such as "log.level"',
  },
  {
    argv: ['top', ...FILE],
    file: 'interval: 2',
    message: 'read {file}:1 "interval": no option of run has that name',
  },
  {
    argv: FILE,
    file: 'config.file: x',
    message: 'read {file}:1 "config.file": no option of run has that name',
  },
  {
    argv: FILE,
    file: '__proto__: x',
    message: 'read {file}:1 "__proto__": no option of run has that name',
  },
  {
    argv: ['--log.level=info', ...FILE],
    file: '\n\nlog.level: loud',
    message: 'read {file}:3 log.level "loud": not one of debug, info, warn, error',
  },
  {
    argv: ['top', ...FILE],
    file: 'top.sources: .inf',
    message: 'read {file}:1 top.sources ".inf": not a whole number of sources from 0 to 1000',
  },
  {
    argv: FILE,
    file: 'device-mode:\n  lo: attach\n  "eth*": obsreve\n',
    message:
      'read {file}:3 device-mode "eth*=obsreve": not PATTERN=MODE with a mode of auto, attach, observe',
  },
  {
    argv: FILE,
    file: 'device-mode: eth0',
    message:
      'read {file}:1 device-mode "eth0": not PATTERN=MODE with a mode of auto, attach, observe',
  },
  {
    argv: FILE,
    file: 'device-mode:\n  lo: attach\n  lo: observe\n',
    message: 'read {file}:3: Map keys must be unique; correct the YAML there',
  },
  {
    argv: FILE,
    file: 'device-mode:\n  lo:\n    - attach\n',
    message: 'read {file}:3 device-mode: not a single value; keys are whole names of options',
  },
  {
    argv: FILE,
    file: 'device: {lo: attach}',
    message: 'read {file}:1 device: not a single value; keys are whole names of options',
  },
  { argv: FILE, file: 'device:\n- eth0\n- ""', message: `read {file}:3 device "": ${EMPTY}` },
  {
    argv: FILE,
    file: 'strict: [true]',
    message: 'read {file}:1 strict: not a single value; keys are whole names of options',
  },
  {
    argv: FILE,
    file: 'strict: true\nstrict: false',
    message: 'read {file}:2: Map keys must be unique; correct the YAML there',
  },
  {
    argv: FILE,
    file: '- eth0',
    message: 'read {file}:1: not a map; write lines such as "log.level: info"',
  },
  {
    argv: FILE,
    file: 'otlp.endpoint: "ftp://u:secret@h"',
    message:
      'read {file}:1 otlp.endpoint "ftp://***@h": not an http or https URL such as "http://localhost:4318"',
  },
  {
    argv: FILE,
    file: 'drop-privileges: 0',
    message:
      'read {file}:1 drop-privileges "0": not a uid from 1 to 4294967294; uid 0 is root, which has every right',
  },
  {
    argv: ['--drop-privileges=no/body', ...FILE],
    file: 'drop-privileges: true',
    message: 'read --drop-privileges "no/body": not true, false, a name of a user, or a uid',
  },
];
