// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// The same programs, for Linux 6.2 and newer: see head_cast.h.
#define XDP_EXPORTER_RDONLY_CAST
#include "xdp_observer.bpf.c"
