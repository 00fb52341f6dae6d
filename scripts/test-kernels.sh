#!/usr/bin/env bash
# Runs tests that need a kernel of their own in QEMU, on Debian's kernels, one after the other.
# Usage: scripts/test-kernels.sh [--seconds N] [--instructions | --locked-down] [KERNEL ...] [-- TEST-FILE ...]; test files
# as under dist. --instructions: one CPU, whose clock counts its instructions, one a nanosecond, however busy the host
# is. --locked-down: as secure boot may leave a kernel, in confidentiality mode. XDP_TEST_ROUNDS is handed on.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin

# Linux mistrusts the clock of a machine that has no other, and would count ticks of 4 ms.
count_instructions() {
  CPUS=("${COUNTING[@]}")
  APPEND='tsc=reliable clocksource=tsc'
}

SECONDS_EACH=900
KERNELS=()
FILES=()
# KVM is of no use here: where it cannot run these kernels it hangs, and what passes under it only is worth less.
PARALLEL=(-accel 'tcg,thread=multi,tb-size=256' -smp 2)
COUNTING=(-accel 'tcg,thread=single,tb-size=256' -icount 'shift=0,sleep=off' -smp 1)
# Two network cards at one wire; a card whose host segments has no native XDP.
OFF=romfile=,guest_tso4=off,guest_tso6=off,guest_ecn=off,guest_ufo=off
CARDS=(
  -netdev 'hubport,id=one,hubid=1' -device "virtio-net-pci,netdev=one,mac=02:00:00:00:00:01,$OFF"
  -netdev 'hubport,id=two,hubid=1' -device "virtio-net-pci,netdev=two,mac=02:00:00:00:00:02,$OFF"
)
CPUS=("${PARALLEL[@]}")
APPEND=
while [ $# -gt 0 ]; do
  case $1 in
    --seconds) SECONDS_EACH=$2; shift ;;
    --instructions) count_instructions ;;
    --locked-down) APPEND='lockdown=confidentiality' ;;
    --) shift; FILES=("$@"); break ;;
    *) KERNELS+=("$1") ;;
  esac
  shift
done
[ ${#KERNELS[@]} -gt 0 ] || KERNELS=(5.10 6.1 6.12 newest)
ALL=false
[ ${#FILES[@]} -gt 0 ] || { ALL=true; FILES=(
  dist/test/kernel/verdicts.test.js
  dist/test/kernel/packet-table.test.js
  dist/test/kernel/tracepoints.test.js
  dist/test/kernel/tracepoint-maps.test.js
  dist/test/vm/*.test.js
); }

CACHE=$(bash scripts/kernels.sh "${KERNELS[@]}")
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
ROOT=$WORK/root

copy_libraries_of() {
  local library
  for library in $(ldd "$1" 2>/dev/null | grep -oE '/[^ )]+' || true); do
    mkdir -p "$ROOT/$(dirname "$library")"
    cp -Ln "$library" "$ROOT/$library"
  done
}

# One that is loaded by name, with those that it needs.
copy_library() {
  local path
  # An awk that stopped early would end ldconfig by a signal, and with it, without a word, this script.
  path=$(ldconfig -p | awk -v name="$1" '$1 == name && /x86-64/ && !path { path = $NF } END { print path }')
  mkdir -p "$ROOT/$(dirname "$path")"
  cp -L "$path" "$ROOT/$path"
  copy_libraries_of "$path"
}

copy_program() {
  local path
  path=$(command -v "$1")
  cp -L "$path" "$ROOT/usr/sbin/"
  copy_libraries_of "$path"
}

# The program that libxdp makes of those that are loaded; it looks for it where Debian has it.
copy_dispatcher() {
  local folder
  folder=$(dirname "$(ldconfig -p | awk '$1 == "libxdp.so.1" && !found++ { print $NF }')")/bpf
  folder=$(readlink -f "$folder")
  mkdir -p "$ROOT$folder"
  cp "$folder/xdp-dispatcher.o" "$ROOT$folder/"
}

# An initramfs is any number of archives, each padded to four bytes; the kernel takes them in order.
pack() {
  (cd "$1" && find . | cpio -o -H newc --quiet)
}

# The system that the tests run in: busybox, the programs that they call, Node, the product and its tests.
make_base() {
  local program library addon package
  mkdir -p "$ROOT"/{bin,sbin,usr/bin,usr/sbin,proc,sys,dev,tmp,etc,run,root,app,lib/modules}
  cp /bin/busybox "$ROOT/bin/"
  ln -s busybox "$ROOT/bin/sh"
  for program in node bash ip ethtool bpftool nsenter setpriv unshare taskset xdp-loader; do
    copy_program "$program"
  done
  ln -s /usr/sbin/bash "$ROOT/bin/bash"
  for library in libbpf.so.1 libgcc_s.so.1; do
    copy_library "$library"
  done
  copy_dispatcher
  echo 'root:x:0:0:root:/root:/bin/sh' >"$ROOT/etc/passwd"
  echo '127.0.0.1 localhost' >"$ROOT/etc/hosts"
  cp -r package.json dist "$ROOT/app/"
  find "$ROOT/app/dist" -name '*.map' -delete
  npm ls --all --omit=dev --parseable 2>/dev/null | tail -n +2 | while read -r package; do
    package=${package#"$PWD/"}
    # Half of all there is, and nothing that talks to others runs there.
    case $package in
      node_modules/@opentelemetry/api) ;;
      node_modules/@opentelemetry/*) continue ;;
    esac
    mkdir -p "$ROOT/app/$package"
    cp -r "$package/." "$ROOT/app/$package/"
  done
  find "$ROOT/app/node_modules" -name '*.node' | while read -r addon; do
    copy_libraries_of "$addon"
  done
  cp test/vm/init "$ROOT/init"
  chmod +x "$ROOT/init"
  # Not compressed: the machine would take longer to unpack it than we to copy it.
  pack "$ROOT" >"$WORK/base.cpio"
}

# What differs from kernel to kernel: its modules, and the command.
make_rest() {
  local rest=$WORK/rest
  rm -rf "$rest"
  mkdir -p "$rest/lib/modules" "$rest/t"
  cp "$CACHE/$1"/modules/* "$rest/lib/modules/"
  [ -z "${XDP_TEST_ROUNDS:-}" ] || echo "export XDP_TEST_ROUNDS=$XDP_TEST_ROUNDS" >"$rest/t/run"
  echo "exec node --test --test-concurrency=1 --test-reporter=tap ${FILES[*]}" >>"$rest/t/run"
  pack "$rest"
}

# no_timer_check: on a busy host the emulated timer comes late, and Linux would take it for broken.
boot() {
  local kernel=$1 log=$2
  cp "$WORK/base.cpio" "$WORK/initrd"
  truncate -s %512 "$WORK/initrd"
  make_rest "$kernel" >>"$WORK/initrd"
  timeout --kill-after=5 "$SECONDS_EACH" nice -n 5 qemu-system-x86_64 "${CPUS[@]}" -cpu max -m 2048 -display none -serial stdio -monitor none -no-reboot -nic none "${CARDS[@]}" \
    -kernel "$CACHE/$kernel/vmlinuz" -initrd "$WORK/initrd" \
    -append 'console=ttyS0 panic=-1 quiet random.trust_cpu=on no_timer_check '"$APPEND" </dev/null 2> >(grep -v 'not connected to host network' >&2) | stdbuf -o0 tr -d '\r' >"$log" || true
}

# A test may be skipped only for want of what a later kernel brought, or for what an earlier one did.
judge_skip() {
  local kernel=$1 reason=$2 wanted
  wanted=$(grep -oE '[0-9]+\.[0-9]+' <<<"$reason" | head -1)
  case $reason in
    'needs Linux before '*) [ "$(printf '%s\n%s\n' "$wanted" "$kernel" | sort -V | head -1)" = "$wanted" ] ;;
    'needs Linux '*) [ "$(printf '%s\n%s\n' "$wanted" "$kernel" | sort -V | tail -1)" = "$wanted" ] && [ "$wanted" != "$kernel" ] ;;
    *) false ;;
  esac
}

judge_skips() {
  local log=$1 release count reason failed=0
  release=$(sed -nE 's/^@@ KERNEL ([0-9]+\.[0-9]+).*/\1/p' "$log")
  while read -r count reason; do
    echo "   skipped $count: $reason"
    judge_skip "$release" "$reason" || { echo "   that is no reason on Linux $release"; failed=1; }
  done < <(sed -nE 's/^ *ok .* # SKIP //p' "$log" | sort | uniq -c)
  return "$failed"
}

# Says what the machine's console shows, and fails unless every file ran and passed.
judge() {
  local kernel=$1 log=$2 failed=0
  grep -E '^@@ KERNEL' "$log" || { echo "   the machine did not start"; failed=1; }
  judge_skips "$log" || failed=1
  grep -E '^ *# .*: bare ' "$log" | sed -E 's/^ *#/  /' || true
  grep -E '^# (tests|pass|fail|skipped) ' "$log" | tr '\n' ' ' || true
  echo
  if grep -q '^@@ EXIT 0$' "$log" && grep -qE '^# fail 0$' "$log" && [ "$failed" = 0 ]; then
    echo "== Linux $kernel: passed in $((SECONDS - STARTED)) s"
    return 0
  fi
  grep -vE '^ *(ok|#|1\.\.|duration_ms|---|\.\.\.|type:|Test\.|Suite\.|async )' "$log" | head -n 120
  tail -n 3 "$log"
  echo "== Linux $kernel: FAILED (or no end within $SECONDS_EACH s)"
  return 1
}

run_on() {
  local kernel=$1
  echo "== Linux $kernel"
  STARTED=$SECONDS
  boot "$kernel" "$WORK/console"
  judge "$kernel" "$WORK/console" || FAILED+=("$kernel")
}

make_base
FAILED=()
for kernel in "${KERNELS[@]}"; do
  run_on "$kernel"
done
if "$ALL" && [[ " ${KERNELS[*]} " == *' 6.12 '* ]]; then
  APPEND='lockdown=confidentiality'
  FILES=(dist/test/vm/locked-down/*.test.js)
  run_on 6.12
  count_instructions
  # CPUs of QEMU that run at once may run what another has just overwritten, as Linux does with the entry of an observed
  # program: a flood is for one.
  FILES=(dist/test/vm/cost/*.test.js dist/test/vm/flood/*.test.js)
  run_on 6.12
fi
[ ${#FAILED[@]} = 0 ] || { echo "failed on: ${FAILED[*]}"; exit 1; }
