// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// The same programs, for observed ones whose BTF does not say what they take: see FIELD in observed.h.
#define XDP_EXPORTER_UNTYPED
#include "xdp_observer.bpf.c"
