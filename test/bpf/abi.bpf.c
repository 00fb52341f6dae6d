// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// No program, but a variable of each type in abi.h: BTF holds only what is used, and drops what maps point
// to.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"

struct xdp_settings settings;
struct xdp_target target;
struct xdp_device device;
struct xdp_record record;
struct xdp_ring ring;
enum xdp_exporter_action action;
enum xdp_exporter_family family;
enum xdp_exporter_protocol protocol;
enum xdp_exporter_malformed malformed;
