#!/usr/bin/env bash
# Compiles bpf and test/bpf with clang, and src and test with tsc, into dist.
set -euo pipefail
export PATH="${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
cd "$(dirname "$0")/.."

rm -rf dist
mkdir -p dist/bpf dist/test/bpf
compile() {
  # -g gives BTF; the DWARF that comes with it only makes the object large. BTF names sources by their paths: relative
  # ones, so that a build is the same wherever the clone lies.
  clang -O2 -g "-ffile-prefix-map=$PWD=." -Wall -Wextra -Wno-unused-parameter -Werror -target bpf -mcpu=v3 -Ibpf "-I/usr/include/$(uname -m)-linux-gnu" -c "$1" -o "$2"
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
# Not in CI, where a test is to find what was not written.
if [ -z "${CI:-}" ] && command -v bpftool >/dev/null; then
  bash scripts/layout.sh
fi
node_modules/.bin/tsc -p src/page/tsconfig.json
node_modules/.bin/tsc -p tsconfig.json
# Written beside the code that they belong to: see src/kernel/object-digests.ts.
(cd dist/bpf && sha256sum ./*.bpf.o) | sed 's| \./| |' >dist/src/kernel/objects.sha256
cp src/page/*.css src/page/*.svg dist/src/page
touch dist/.built
