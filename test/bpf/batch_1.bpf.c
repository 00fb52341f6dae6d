// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// The exporter's program with batches of another size, for the tests of what reads them.
#define XDP_EXPORTER_BATCH_RECORDS 1
#include "../../bpf/xdp_exporter.bpf.c"
