// SPDX-License-Identifier: Apache-2.0
// A process of its own that runs a loaded program on frames: node inject.js PROGRAM-ID CPU SOURCES FRAMES-PER-SOURCE

import { checkResult } from '../../../src/ffi/errno.ts';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { pinThread } from '../../../src/kernel/cpu-affinity.ts';
import { TestRun } from '../../../src/kernel/test-run.ts';
import { udpFrame } from './udp-frame.ts';

const [programId = 0, cpu = 0, sources = 0, frames = 0] = process.argv.slice(2).map(Number);
pinThread(cpu);
const fd = checkResult('open program', libbpf().bpf_prog_get_fd_by_id(programId).value);
for (let source = 0; source < sources; source++) {
  new TestRun(fd, udpFrame(source)).run(frames);
}
