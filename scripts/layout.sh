#!/usr/bin/env bash
# Writes the layouts of the structs that BPF and TypeScript share anew, from the compiled objects. It needs no other part of
# the project to compile, since what it writes may be what the rest waits for.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin

npx --no-install tsc --ignoreConfig --outDir dist/scripts --rootDir scripts --target es2023 --module nodenext --types node \
  --rewriteRelativeImportExtensions --skipLibCheck scripts/layout.ts
node dist/scripts/layout.js
