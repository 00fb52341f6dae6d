#!/usr/bin/env bash
# Brings Debian's kernels into a cache outside the tree, for test/vm; nothing of them is installed.
# Usage: scripts/kernels.sh [5.10|6.1|6.12|newest ...]
# Makes KERNEL/vmlinuz, KERNEL/modules/*.ko and KERNEL/release for each in the cache, and prints the cache's path.
set -euo pipefail

CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/xdp-exporter/kernels
APT=$CACHE/apt
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
ARCH=$(dpkg --print-architecture)

# The modules that the tests need, each after those that it depends on: Debian's older kernels have virtio as modules.
MODULES='virtio virtio_ring virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci failover net_failover virtio_net veth tun bridge dummy'

# The host's own mirror of a suite whose name ends in "$1", by its deb822 or its one-line sources.
mirror_of() {
  local from
  from=$(cat /etc/apt/sources.list.d/*.sources 2>/dev/null | awk -v end="$1" '
    /^URIs:/ { uri = $2 }
    /^Suites:/ { for (i = 2; i <= NF; i++) if ($i ~ end "$") { print uri; exit } }' || true)
  [ -n "$from" ] || from=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | awk -v end="$1" '
    $1 == "deb" { for (i = 2; i < NF; i++) if ($i ~ /^[a-z]+:\/\// && $(i + 1) ~ end "$") { print $i; exit } }' || true)
  [ -n "$from" ] || { echo "kernels: the host's apt sources name no mirror of a suite \"*$1\"; test/vm wants Debian" >&2; exit 2; }
  echo "$from"
}

# An apt of its own, so that the host's lists and preferences stay as they are.
make_apt_root() {
  local main security suite
  mkdir -p "$APT"/{lists/partial,cache/archives/partial,parts,preferences,state}
  cat >"$APT/apt.conf" <<CONF
Dir::State "$APT/state"; Dir::State::lists "$APT/lists"; Dir::State::status "/var/lib/dpkg/status";
Dir::Cache "$APT/cache"; Dir::Etc::sourcelist "$APT/sources.list"; Dir::Etc::sourceparts "$APT/parts";
Dir::Etc::preferences "/dev/null"; Dir::Etc::preferencesparts "$APT/preferences"; APT::Sandbox::User "root";
CONF
  main=$(mirror_of '(bookworm|trixie|bullseye|stable)')
  security=$(mirror_of '-security')
  {
    for suite in bullseye bookworm bookworm-backports trixie trixie-backports; do
      echo "deb [signed-by=$KEYRING] $main $suite main"
    done
    for suite in bullseye-security bookworm-security; do
      echo "deb [signed-by=$KEYRING] $security $suite main"
    done
  } >"$APT/sources.list"
  # A suite that the mirror does not have must not stop us when the others hold the kernels.
  APT_CONFIG=$APT/apt.conf apt-get update -qq >/dev/null 2>&1 || true
}

# The package of the newest cloud image of a series, such as linux-image-6.1.0-35-cloud-amd64.
newest_package() {
  local series=$1
  [ "$series" != newest ] || series='[0-9]+\.[0-9]+'
  APT_CONFIG=$APT/apt.conf apt-cache search --names-only "^linux-image-${series}[.+][^ ]*-cloud-$ARCH(-unsigned)?$" |
    awk '{ print $1 }' | grep -v -- '-unsigned$' | sort -V | tail -1
}

unpack_module() {
  local name=$1 from=$2 to=$3 file
  file=$(find "$from" -name "$name.ko*" -print -quit)
  # One that is built in has no file.
  [ -n "$file" ] || return 0
  case $file in
    *.xz) xz -dc "$file" >"$to/$name.ko" ;;
    *.zst) zstd -qdc "$file" >"$to/$name.ko" ;;
    *) cp "$file" "$to/$name.ko" ;;
  esac
}

# Since 7.x the image's package holds nothing, and depends on two that do.
packages_of() {
  local version=${1#linux-image-} part
  for part in "linux-binary-$version" "linux-modules-$version"; do
    if APT_CONFIG=$APT/apt.conf apt-cache show "$part" >/dev/null 2>&1; then
      echo "$part"
    fi
  done
  echo "$1"
}

fetch_kernel() {
  local kernel=$1 image work archive module
  image=$(newest_package "$kernel")
  [ -n "$image" ] || { echo "kernels: no cloud image of Linux $kernel in the host's mirror" >&2; exit 2; }
  echo "kernels: fetching $image" >&2
  work=$(mktemp -d "$CACHE/unpack.XXXXXX")
  # shellcheck disable=SC2046 # Names of packages have no spaces.
  (cd "$work" && APT_CONFIG=$APT/apt.conf apt-get download -qq $(packages_of "$image") >/dev/null)
  for archive in "$work"/*.deb; do
    dpkg-deb -x "$archive" "$work/root"
  done
  mkdir -p "$work/kernel/modules"
  cp "$(find "$work/root" -type f -name 'vmlinuz*' -print -quit)" "$work/kernel/vmlinuz"
  for module in $MODULES; do
    unpack_module "$module" "$work/root" "$work/kernel/modules"
  done
  echo "$MODULES" >"$work/kernel/modules/order"
  echo "${image#linux-image-}" >"$work/kernel/release"
  rm -rf "${CACHE:?}/$kernel"
  mv "$work/kernel" "$CACHE/$kernel"
  rm -rf "$work"
}

mkdir -p "$CACHE"
missing=()
for kernel in "$@"; do
  [ -e "$CACHE/$kernel/release" ] || missing+=("$kernel")
done
if [ ${#missing[@]} -gt 0 ]; then
  make_apt_root
  for kernel in "${missing[@]}"; do
    fetch_kernel "$kernel"
  done
fi
echo "$CACHE"
