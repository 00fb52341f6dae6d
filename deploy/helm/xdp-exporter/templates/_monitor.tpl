{{- define "xdp-exporter.monitorNamespace" -}}
{{- default (include "xdp-exporter.namespace" .root) .monitor.namespace }}
{{- end }}

{{- /* What a PodMonitor and a ServiceMonitor have in common beside their endpoint. */ -}}
{{- define "xdp-exporter.monitorSpec" -}}
selector:
  matchLabels:
    {{- include "xdp-exporter.selectorLabels" .root | nindent 4 }}
{{- if ne (include "xdp-exporter.monitorNamespace" .) (include "xdp-exporter.namespace" .root) }}
namespaceSelector:
  matchNames:
    - {{ include "xdp-exporter.namespace" .root | quote }}
{{- end }}
{{- with pick .monitor "podTargetLabels" "attachMetadata" }}
{{- range $name, $value := . }}
{{- with $value }}
{{ toYaml (dict $name .) }}
{{- end }}
{{- end }}
{{- end }}
{{- range $name, $value := pick .monitor "sampleLimit" "targetLimit" "labelLimit" "labelNameLengthLimit" "labelValueLengthLimit" }}
{{- with $value }}
{{ $name }}: {{ int64 . }}
{{- end }}
{{- end }}
{{- end }}

{{- /* One endpoint; the fields in `endpoint` come before the chart's. */ -}}
{{- define "xdp-exporter.endpoint" -}}
{{- $fields := dict "port" "metrics" "path" .root.Values.web.telemetryPath }}
{{- range $name, $value := pick .monitor "interval" "scrapeTimeout" "tlsConfig" "basicAuth" "authorization" }}
{{- with $value }}
{{- $_ := set $fields $name . }}
{{- end }}
{{- end }}
{{- $scheme := default (include "xdp-exporter.scheme" .root) .monitor.scheme }}
{{- if ne $scheme "http" }}
{{- $_ := set $fields "scheme" $scheme }}
{{- end }}
{{- with .monitor.metricRelabelings }}
{{- $_ := set $fields "metricRelabelings" . }}
{{- end }}
{{- $own := default dict .monitor.endpoint -}}
- {{ toYaml (merge (dict) $own $fields) | nindent 2 | trim }}
  relabelings:
    # The rules and dashboards keep to jobs whose name has "xdp" in it, whatever the release is called.
    - targetLabel: job
      replacement: xdp-exporter
    # A node's series go on when its pod is replaced: they are called by the node, not by an address or a pod.
    - sourceLabels: [__meta_kubernetes_pod_node_name]
      targetLabel: instance
    # As kube-state-metrics calls it: joins with kube_node_info and its like.
    - sourceLabels: [__meta_kubernetes_pod_node_name]
      targetLabel: node
    - action: labeldrop
      regex: pod
    {{- with .monitor.relabelings }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}
