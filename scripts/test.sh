#!/usr/bin/env bash
# Runs the checks and every test. Kernel and end-to-end tests need root: as root they must not skip.
set -euo pipefail
export PATH="${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
cd "$(dirname "$0")/.."

bash scripts/check.sh
bash scripts/coverage.sh
node --enable-source-maps --test dist/test/deploy/*.test.js
# They count packets on the machine's CPUs and share its XDP dispatcher: one file at a time.
node --enable-source-maps --test --test-concurrency=1 dist/test/kernel/*.test.js dist/test/e2e/*.test.js
