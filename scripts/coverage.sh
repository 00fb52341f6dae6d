#!/usr/bin/env bash
# Line coverage of src by the unit tests alone; fails below 80 %.
set -euo pipefail
export PATH="${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
cd "$(dirname "$0")/.."

node_modules/.bin/c8 --all --src src --include 'src/**/*.ts' --include 'dist/src/**/*.js' \
  --check-coverage --lines 80 --reporter text-summary \
  node --enable-source-maps --test --test-reporter=spec --test-concurrency=$(($(nproc) + 1)) \
  dist/test/unit/*.test.js dist/test/unit/*/*.test.js dist/test/unit/*/*/*.test.js
