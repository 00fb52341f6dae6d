// SPDX-License-Identifier: Apache-2.0
// Frames with broken headers, given to the exporter's programs by test runs: the generator makes only sound ones.
import type { Lab } from '../../../src/demo/lab.ts';
import { checkResult } from '../../../src/ffi/errno.ts';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { TestRun } from '../../../src/kernel/test-run.ts';
import { run } from './namespace.ts';

/** 25 in so many milliseconds, of each kind. */
const MALFORMED_INTERVAL_MS = 100;

/** To every lab, until what it resolves to is called. */
export async function sendMalformed(labs: readonly Lab[]): Promise<() => void> {
  return startMalformed(await Promise.all(labs.map(programFd)));
}

/** Of the exporter's own program on a lab's device; it stays open as long as this process lives. */
async function programFd({ rx }: Lab): Promise<number> {
  const [link] = JSON.parse(
    await run('ip', '-netns', rx.netns, '-json', '-details', 'link', 'show', rx.device),
  );
  const { value } = libbpf().bpf_prog_get_fd_by_id(link.xdp.prog.id);
  return checkResult(`open program of "${rx.device}"`, value);
}

/** IPv4 that says version 5, and IPv4 that ends in its header. The generator makes only sound frames. */
function startMalformed(programs: readonly number[]): () => void {
  const ethernet = Buffer.from('0278647000020278647000010800', 'hex');
  const wrongVersion = Buffer.concat([ethernet, Buffer.from([0x55]), Buffer.alloc(45)]);
  const truncated = Buffer.concat([ethernet, Buffer.from([0x45]), Buffer.alloc(7)]);
  const runs = programs.flatMap((fd) =>
    [wrongVersion, truncated].map((frame) => new TestRun(fd, frame)),
  );
  const timer = setInterval(() => {
    for (const each of runs) {
      each.run(25);
    }
  }, MALFORMED_INTERVAL_MS);
  return () => clearInterval(timer);
}
