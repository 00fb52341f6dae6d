#!/usr/bin/env bash
# Runs the checks and every test. Kernel and end-to-end tests need root: as root they must not skip.
set -euo pipefail
export PATH="${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
cd "$(dirname "$0")/.."
# Every process of the tests would obey it, and what they print is judged.
unset NODE_OPTIONS

# Some tests run the exporter as another user, who cannot enter the home of root: there they run from another path to the same
# folder.
as_other=(setpriv --reuid 65534 --regid 65534 --clear-groups)
if [ "$(id -u)" = 0 ] && ! "${as_other[@]}" test -r "$PWD/package.json"; then
  path=$(mktemp -d /run/xdp-exporter-test.XXXXXX)
  chmod 755 "$path"
  if mount --bind . "$path"; then
    trap 'cd / && umount "$path" && rmdir "$path"' EXIT
    cd "$path"
  else
    rmdir "$path"
    echo "test: those tests may fail: this folder is closed to other users, and cannot be mounted elsewhere" >&2
  fi
fi

bash scripts/check.sh
# Each fails, too, where it leaves processes, namespaces or BPF objects behind. This reporter says at the end what failed,
# where a log that is cut still has it; a process that a failed test left behind would keep its file waiting for ever.
suite=(node dist/scripts/leaks.js)
node_test=("${suite[@]}" node --enable-source-maps --test --test-reporter=spec --test-timeout=300000)
"${suite[@]}" bash scripts/coverage.sh
"${node_test[@]}" --test-concurrency=$(($(nproc) + 1)) dist/test/deploy/*.test.js

# Most count packets on the machine's CPUs and share its XDP dispatcher: one file at a time. Those named here send little,
# or wait for others most of the time, and pass on a machine with eight times as much to do as it can: one more than CPUs.
alone=(dist/test/kernel/*.test.js)
together=()
for file in dist/test/e2e/*.test.js; do
  case $(basename "$file" .test.js) in
    bad-input | chart-web | clock | control | crash | dashboards | device-info | doctor | documents | \
      drop-privileges | drop-refused | few-rights | first-questions | flood-alert | http-abuse | http-bursts | \
      http-slow-readers | http-streams | lasting-counters | late-address | lifecycle | listeners | live-page | \
      loaded-files | loaded-modules | missing-rights | names | names-cli | names-otlp | native-histograms | \
      networks | notify | options | otlp | otlp-collector | otlp-requests | otlp-victoria | package | pinned-state | \
      prometheus | recording | rename | scenarios | seccomp-profile | silent-dns | startup | top-screen | \
      unlisted-cpu | web-config | web-document | wire-confinement)
      together+=("$file")
      ;;
    *) alone+=("$file") ;;
  esac
done
"${node_test[@]}" --test-concurrency=$(($(nproc) + 1)) "${together[@]}"
"${node_test[@]}" --test-concurrency=1 "${alone[@]}"
