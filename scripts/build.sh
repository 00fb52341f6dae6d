#!/usr/bin/env bash
# Compiles src and test with tsc, and bpf and test/bpf with clang, into dist.
set -euo pipefail
cd "$(dirname "$0")/.."

rm -rf dist
mkdir -p dist/bpf dist/test/bpf
npx --no-install tsc -p tsconfig.json

compile() {
  # -g gives BTF; the DWARF that comes with it only makes the object large.
  clang -O2 -g -Wall -Wextra -Wno-unused-parameter -Werror -target bpf -mcpu=v3 -Ibpf "-I/usr/include/$(uname -m)-linux-gnu" -c "$1" -o "$2"
  llvm-strip -g "$2"
}

for source in bpf/*.bpf.c; do
  compile "$source" "dist/bpf/$(basename "$source" .c).o"
done
# The image is built without the tests.
shopt -s nullglob
for source in test/bpf/*.bpf.c; do
  compile "$source" "dist/test/bpf/$(basename "$source" .c).o"
done
touch dist/.built
