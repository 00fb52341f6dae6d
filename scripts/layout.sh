#!/usr/bin/env bash
# Writes the layouts of the structs that BPF and TypeScript share anew, from the compiled objects. It needs no other part of
# the project to compile, since what it writes may be what the rest waits for.
set -euo pipefail
export PATH="${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
cd "$(dirname "$0")/.."

node_modules/.bin/tsc --ignoreConfig --outDir dist/scripts --rootDir scripts --target es2023 --module nodenext --types node \
  --rewriteRelativeImportExtensions --skipLibCheck scripts/layout.ts
node dist/scripts/layout.js
