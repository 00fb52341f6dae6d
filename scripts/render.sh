#!/usr/bin/env bash
# Writes what is made from other files: the chart's copies of rules and dashboards, the table of its values, and the plain
# manifests. Usage: scripts/render.sh [FOLDER], which gets a copy of deploy to write in; without, deploy itself.
set -euo pipefail
export PATH="${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
cd "$(dirname "$0")/.."
PATH=$PWD/.cache/kube:$PATH

target=${1:-.}
chart=$target/deploy/helm/xdp-exporter
[ "$target" = . ] || cp -R deploy "$target"

# Helm reads nothing outside of the chart.
rm -rf "$chart/files/rules" "$chart/files/dashboards"
mkdir -p "$chart/files/rules" "$chart/files/dashboards"
for file in deploy/prometheus/*.y*ml; do
  # A file of rules, and not a scrape configuration or a test.
  if grep -qs '^groups:' "$file"; then
    cp "$file" "$chart/files/rules/"
  fi
done
for file in grafana/*.json; do
  [ ! -e "$file" ] || cp "$file" "$chart/files/dashboards/"
done

node dist/scripts/values-table.js "$chart/values.yaml" "$chart/README.md"

for values in "$target"/deploy/kubernetes/*/values.yaml; do
  folder=$(dirname "$values")
  {
    echo '# Rendered from deploy/helm/xdp-exporter and values.yaml; type npm run render.'
    # Helm does not manage what kubectl applies.
    helm template xdp-exporter "$chart" --namespace xdp-exporter --values "$values" |
      sed '/^# Source: /d; /^ *helm\.sh\/chart: /d; /^ *app\.kubernetes\.io\/managed-by: Helm$/d'
  } >"$folder/xdp-exporter.yaml"
done
