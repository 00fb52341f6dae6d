// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// The same program, for devices with frames of many buffers on machines that reorder stores.
#define XDP_EXPORTER_EXCHANGE
#include "xdp_exporter_cast.bpf.c"
