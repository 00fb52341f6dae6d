#!/usr/bin/env bash
# All that can be judged without running the product: style, types, dead code, the package, shell, C.
set -euo pipefail
cd "$(dirname "$0")/.."

npx --no-install biome ci --error-on-warnings .
npx --no-install tsc -p tsconfig.json --noEmit
npx --no-install knip
npx --no-install publint --strict
shellcheck scripts/*.sh .ci/run
clang-format --dry-run --Werror bpf/*.[ch] test/bpf/*.c
