#!/usr/bin/env bash
# Takes from an unpacked npm package what its modules bring for compilers, debuggers and those who write them. No file of the
# modules is to be executed: only node runs what is there. Usage: scripts/slim.sh PACKAGE
set -euo pipefail
modules=$1/node_modules
rm -rf "$modules/@types" "$modules/undici-types"
find "$modules" -type f \( -name '*.map' -o -name '*.[cm]ts' -o -name '*.ts' -o -name '*.tsbuildinfo' -o -name '.*' \) -delete
find "$modules" -type f -exec chmod 0644 {} +
