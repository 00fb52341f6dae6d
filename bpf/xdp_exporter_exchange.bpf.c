// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// The same program, for machines that reorder stores: see publish() in ring.h. An object of its own,
// since Linux before 5.12 refuses every program that holds an exchange, even where it is never reached.
#define XDP_EXPORTER_EXCHANGE
#include "xdp_exporter.bpf.c"
