#!/usr/bin/env bash
# All that can be judged without running the product, beside the types, which the build judges: style, dead code, the
# package, shell, C.
set -euo pipefail
export PATH="${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
cd "$(dirname "$0")/.."

node_modules/.bin/biome ci --error-on-warnings .
node_modules/.bin/knip
# It would judge the modules that the package brings along, too.
package=$(mktemp -d)
trap 'rm -rf "$package"' EXIT
cp -R --parents dist/src dist/bpf deploy/systemd docs/xdp-exporter.1 ./*.md LICENSE "$package"
sed '/"bundleDependencies"/d' package.json >"$package/package.json"
node_modules/.bin/publint --strict "$package"
shellcheck scripts/*.sh .ci/run
clang-format --dry-run --Werror bpf/*.[ch] test/bpf/*.c
