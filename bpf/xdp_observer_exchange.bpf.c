// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// The same programs, for machines that reorder stores: see publish() in ring.h.
#define XDP_EXPORTER_EXCHANGE
#include "xdp_observer.bpf.c"
