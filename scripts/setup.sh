#!/usr/bin/env bash
# Brings a fresh clone to the point where it runs: Debian packages, node_modules, dist.
# Usage: scripts/setup.sh [test|containers|kernels|page|release]. Says each thing it does; silent when nothing is missing.
set -euo pipefail
export PATH="${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
cd "$(dirname "$0")/.."

# Each line: Debian package, then what proves that it (or its like elsewhere) is there.
needs() {
  cat <<'NEEDS'
clang command clang
llvm command llvm-strip
libbpf-dev file /usr/include/bpf/bpf_helpers.h
linux-libc-dev file /usr/include/linux/bpf.h
libbpf1 library libbpf.so.1
iproute2 command ip
NEEDS
  [ -n "${1:-}" ] || return 0
  cat <<'NEEDS'
apache2-utils command htpasswd
bpftool command bpftool
clang-format command clang-format
curl command curl
ethtool command ethtool
faketime command faketime
fish command fish
iputils-ping command ping
mandoc command mandoc
openssl command openssl
procps command sysctl
prometheus command promtool
prometheus-alertmanager command prometheus-alertmanager
prometheus-node-exporter command prometheus-node-exporter
python3-prometheus-client python prometheus_client
shellcheck command shellcheck
systemd command systemd-analyze
tcpdump command tcpdump
tmux command tmux
unzip command unzip
zsh command zsh
NEEDS
  if [ "$1" = kernels ]; then
    cat <<'NEEDS'
busybox-static command busybox
cpio command cpio
qemu-system-x86 command qemu-system-x86_64
xdp-tools command xdp-loader
xz-utils command xz
zstd command zstd
NEEDS
  fi
  if [ "$1" = page ]; then
    echo chromium command chromium
  fi
  if [ "$1" = release ]; then
    cat <<'NEEDS'
debhelper command dh
dpkg-dev command dpkg-buildpackage
fakeroot command fakeroot
lintian command lintian
NEEDS
  fi
  [ "$1" = containers ] || return 0
  cat <<'NEEDS'
debootstrap command debootstrap
netavark file /usr/lib/podman/netavark
podman command podman
runc command runc
NEEDS
}

present() {
  case $1 in
    command) command -v "$2" >/dev/null ;;
    file) [ -e "$2" ] ;;
    library) ldconfig -p | grep -F "$2" >/dev/null ;;
    python) /usr/bin/python3 -c "import $2" 2>/dev/null ;;
  esac
}

install_packages() {
  local package kind what missing=()
  while read -r package kind what; do
    present "$kind" "$what" || missing+=("$package")
  done < <(needs "${1:-}")
  [ ${#missing[@]} -gt 0 ] || return 0
  if ! command -v apt-get >/dev/null; then
    echo "setup: missing, by their Debian names: ${missing[*]}; install them with your package manager" >&2
    exit 2
  fi
  if [ "$(id -u)" != 0 ]; then
    echo "setup: missing packages; type: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 2
  fi
  echo "setup: installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  # A source that does not answer must not stop us when the others hold the packages.
  apt-get update -qq >/dev/null 2>&1 || true
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

install_modules() {
  [ package-lock.json -nt node_modules/.package-lock.json ] || return 0
  echo "setup: npm ci"
  # Whatever the environment says of installing: it may be that of a production machine, or of "npm --global" itself.
  npm ci --include=dev --include=optional --no-global --no-dry-run --bin-links --ignore-scripts \
    --no-audit --no-fund --loglevel=error >/dev/null
  # Our package brings these modules along, and npm would run their scripts where it is installed. None needs one.
  # shellcheck disable=SC2016 # The dollar is JavaScript's.
  node -e '
    const lock = JSON.parse(fs.readFileSync("package-lock.json", "utf8"));
    for (const [path, { hasInstallScript, dev }] of Object.entries(lock.packages)) {
      if (hasInstallScript && !dev) {
        const { scripts, ...manifest } = JSON.parse(fs.readFileSync(`${path}/package.json`, "utf8"));
        fs.writeFileSync(`${path}/package.json`, JSON.stringify(manifest, null, 2));
      }
    }'
  touch node_modules/.package-lock.json
}

build() {
  if [ -e dist/.built ] &&
    [ -z "$(find bpf grafana/src src test scripts/*.ts scripts/build.sh package.json tsconfig.json -newer dist/.built -print -quit)" ]; then
    return 0
  fi
  echo "setup: building dist"
  bash scripts/build.sh
}

install_packages "${1:-}"
install_modules
[ "${1:-}" != test ] || bash scripts/kube-tools.sh
build
