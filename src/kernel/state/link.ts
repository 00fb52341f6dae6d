// SPDX-License-Identifier: Apache-2.0
// A bpf_link that holds a program on a device, and is pinned: it outlives the process that made it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExporterError } from '../../errors.ts';
import { libbpf } from '../../ffi/libbpf.ts';
import { libc } from '../../ffi/libc.ts';
import type { ProgramInfo, ProgramMode } from '../../snapshot/device.ts';
import type { Hold } from '../device-program.ts';
import { type AttachMode, attachLink, type LinkState, readLink } from '../xdp-link.ts';
import { numbersOf, openPin, pinObject, removePin } from './pin.ts';

const PREFIX = 'slot';

export class PinnedLink implements Hold {
  readonly #fd: number;
  readonly #path: string;

  private constructor(fd: number, path: string) {
    this.#fd = fd;
    this.#path = path;
  }

  /**
   * As `XdpLink`. Until it is pinned, the link goes with the process.
   * @param folder of the state @param slot of the device
   */
  static attach(
    folder: string,
    slot: number,
    programFd: number,
    ifindex: number,
    mode: AttachMode,
  ): PinnedLink {
    const path = join(folder, `${PREFIX}${slot}`);
    const fd = attachLink(programFd, ifindex, mode);
    try {
      pinObject(fd, path);
    } catch (error) {
      libc().close(fd);
      throw error;
    }
    return new PinnedLink(fd, path);
  }

  /** By slot: those of a state. */
  static all(folder: string): Map<number, PinnedLink> {
    const links = new Map<number, PinnedLink>();
    try {
      for (const slot of numbersOf(folder, PREFIX)) {
        const path = join(folder, `${PREFIX}${slot}`);
        links.set(slot, new PinnedLink(openPin(path), path));
      }
    } catch (error) {
      for (const link of links.values()) {
        link.leave();
      }
      throw error;
    }
    return links;
  }

  /** Its program's id, and the device, in whichever network namespace that is. */
  read(): LinkState {
    return readLink(this.#fd);
  }

  /** The program takes CAP_SYS_ADMIN to open; the kernel says its tag of the link, too. */
  asProgram(name: string, mode: ProgramMode): Hold & { readonly info: ProgramInfo } {
    const text = readFileSync(`/proc/self/fdinfo/${this.#fd}`, 'utf8');
    const [, tag = ''] = /^prog_tag:\s*([0-9a-f]+)$/m.exec(text) ?? [];
    return {
      info: { name, id: this.read().programId, tag, mode, role: 'attached' },
      isAttached: () => this.isAttached(),
      close: () => this.close(),
      leave: () => this.leave(),
    };
  }

  isAttached(): boolean {
    return this.read().ifindex !== 0;
  }

  /**
   * Detaches. By a call of its own, since the kernel lets go of what was pinned a little later; and first, since it needs
   * no right to the file. A pin that stays is of a link that holds nothing.
   */
  close(): void {
    libbpf().bpf_link_detach(this.#fd);
    try {
      removePin(this.#path);
    } catch (error) {
      if (!(error instanceof ExporterError)) {
        throw error;
      }
    } finally {
      this.leave();
    }
  }

  /** Lets the program stay where it is. */
  leave(): void {
    libc().close(this.#fd);
  }
}
