#!/usr/bin/env bash
# Builds what a release holds from the last commit, in a folder of its own: the same files whenever and wherever it runs.
# Usage: scripts/release.sh OUT [--image]. OUT is made. The image needs podman, and its base there or a registry that has it:
# that is tried first, and not after minutes of work.
set -euo pipefail
export PATH="${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
cd "$(dirname "$0")/.."

mkdir -p "$1"
out=$(cd "$1" && pwd)
image=${2:-}
revision=$(git rev-parse HEAD)
if [ "$image" = --image ]; then
  base=$(sed -n 's/^ARG BASE=//p' Dockerfile)
  podman image exists "$base" || podman pull --quiet "$base" >/dev/null || {
    echo "release: build the image: its base \"$base\" is not here and cannot be pulled; load it, or leave --image out" >&2
    exit 1
  }
fi
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

git archive HEAD | tar -x -C "$work" --one-top-level=source
cd "$work/source"
helm=$OLDPWD/.cache/kube/helm
version=$(node -p 'require("./package.json").version')
# A build that writes no sources.
CI=true bash scripts/setup.sh

# The package holds the native module of both machines, so that it is one file for all. npm installed that of this one.
native() { echo "node_modules/@yuuang/ffi-rs-linux-$1-gnu"; }
for machine in x64 arm64; do
  [ ! -d "$(native "$machine")" ] || continue
  specification=$(node -p "'@yuuang/ffi-rs-linux-$machine-gnu@' + require('./package-lock.json').packages['$(native "$machine")'].version")
  npm pack --silent --ignore-scripts --pack-destination "$work" "$specification" >/dev/null
  archive=$(echo "$work"/yuuang-*.tgz)
  wanted=$(node -p "require('./package-lock.json').packages['$(native "$machine")'].integrity")
  [ "sha512-$(openssl dgst -sha512 -binary "$archive" | base64 -w 0)" = "$wanted" ] || {
    echo "release: $specification is not what package-lock.json names" >&2
    exit 1
  }
  mkdir -p "$(native "$machine")"
  tar -xzf "$archive" -C "$(native "$machine")" --strip-components=1
done

# An archive that says nothing of when, where and by whom it was made.
pack() {
  tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=go=rX,u+rw -c "$@" | gzip -9n
}

node dist/scripts/licences.js >"$out/THIRD-PARTY-LICENCES"
npm pack --silent --ignore-scripts --pack-destination "$out" >/dev/null
package=$out/xdp-exporter-$version.tgz
node dist/scripts/sbom.js "$package" "$package" >"$package.cdx.json"

mkdir "$work/chart"
"$helm" package --destination "$work/chart" deploy/helm/xdp-exporter >/dev/null
tar -xzf "$work"/chart/*.tgz -C "$work/chart" && rm "$work"/chart/*.tgz
pack -C "$work/chart" xdp-exporter >"$out/xdp-exporter-chart-$version.tgz"

# $1: Debian's name of the machine, $2: that of the other one in npm.
debian() {
  local folder=$work/$1/xdp-exporter-$version
  mkdir -p "$folder"
  tar -xzf "$package" -C "$folder"
  rm -r "$folder/package/$(native "$2")"
  bash scripts/slim.sh "$folder/package"
  cp -R deploy/debian "$folder/debian"
  cp deploy/systemd/xdp-exporter.{service,socket} "$folder/debian/"
  cp deploy/systemd/xdp-exporter.env "$folder/debian/xdp-exporter.default"
  cp "$out/THIRD-PARTY-LICENCES" "$folder/"
  cat >"$folder/debian/changelog" <<CHANGELOG
xdp-exporter ($version-1) stable; urgency=medium

  * /usr/share/doc/xdp-exporter/changelog.gz says what is new.

 -- xdp-exporter maintainers <maintainers@xdp-exporter.invalid>  $(date --rfc-email --date="@$SOURCE_DATE_EPOCH")
CHANGELOG
  (cd "$folder" && dpkg-buildpackage --build=binary --no-sign --no-check-builddeps --host-arch "$1") >"$work/$1.log" 2>&1 || {
    cat "$work/$1.log" >&2
    exit 1
  }
  cp "$work/$1/xdp-exporter_$version-1_$1.deb" "$out/"
}
debian amd64 arm64
debian arm64 x64

if [ "$image" = --image ]; then
  archive=$out/xdp-exporter-$version-amd64.oci.tar
  podman build --format=oci --timestamp "$SOURCE_DATE_EPOCH" --pull=missing --network=host --build-arg "REVISION=$revision" \
    --tag "xdp-exporter:$version" . >"$work/image.log" 2>&1 || {
    cat "$work/image.log" >&2
    exit 1
  }
  podman save --format oci-archive --output "$archive" "xdp-exporter:$version" >/dev/null 2>&1
  podman run --rm --network=none --entrypoint dpkg-query "xdp-exporter:$version" --show --showformat '${Package} ${Version} ${Architecture}\n' >"$work/packages"
  node dist/scripts/sbom.js "$archive" "$package" "$work/packages" >"$archive.cdx.json"
fi

cd "$out"
sha256sum -- * >"$work/SHA256SUMS"
mv "$work/SHA256SUMS" .
