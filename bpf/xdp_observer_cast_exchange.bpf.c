// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// Both at once.
#define XDP_EXPORTER_RDONLY_CAST
#include "xdp_observer_exchange.bpf.c"
