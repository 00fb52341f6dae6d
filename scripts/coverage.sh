#!/usr/bin/env bash
# Line coverage of src by the unit tests alone; fails below 80 %.
set -euo pipefail
cd "$(dirname "$0")/.."

npx --no-install c8 --all --src src --include 'src/**/*.ts' --include 'dist/src/**/*.js' \
  --check-coverage --lines 80 --reporter text-summary \
  node --enable-source-maps --test dist/test/unit/*.test.js dist/test/unit/*/*.test.js \
  dist/test/unit/*/*/*.test.js
