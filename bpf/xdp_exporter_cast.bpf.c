// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// The same program, for devices with frames of many buffers: it looks at the kernel's own context
// (Linux 6.2). An object of its own, since libbpf reads the kernel's whole BTF to load it, 20 ms that other
// devices are spared.
#define XDP_EXPORTER_CAST
#include "xdp_exporter.bpf.c"
