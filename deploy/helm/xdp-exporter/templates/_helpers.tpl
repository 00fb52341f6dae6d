{{- define "xdp-exporter.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- /* Of a Service too, whose name begins with a letter and has no dots; a release's need not. */ -}}
{{- define "xdp-exporter.fullname" -}}
{{- $name := include "xdp-exporter.name" . }}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- $full = regexReplaceAll "^([0-9])" (replace "." "-" $full) "xdp-${1}" }}
{{- default $full .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- /* toYaml puts quotes around a name that YAML would take for a number. */ -}}
{{- define "xdp-exporter.selectorLabels" -}}
{{- toYaml (dict "app.kubernetes.io/name" (include "xdp-exporter.name" .) "app.kubernetes.io/instance" .Release.Name) }}
{{- end }}

{{- /* Of the pods: none that a new chart changes, since every pod would be replaced for it, and detach. */ -}}
{{- define "xdp-exporter.podLabels" -}}
{{- $own := include "xdp-exporter.selectorLabels" . | fromYaml }}
{{- $own = merge $own (dict "app.kubernetes.io/component" "exporter") }}
{{- toYaml (merge $own .Values.podLabels .Values.commonLabels) }}
{{- end }}

{{- /* Of an object, `own` being what is wanted for it alone: no label twice, and the nearest value wins. */ -}}
{{- define "xdp-exporter.labels" -}}
{{- $labels := include "xdp-exporter.selectorLabels" .root | fromYaml }}
{{- $_ := set $labels "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_") }}
{{- $_ := set $labels "app.kubernetes.io/version" .root.Chart.AppVersion }}
{{- $_ := set $labels "app.kubernetes.io/component" "exporter" }}
{{- $_ := set $labels "app.kubernetes.io/managed-by" .root.Release.Service }}
{{- toYaml (merge $labels (default dict .own) .root.Values.commonLabels) }}
{{- end }}

{{- define "xdp-exporter.serviceAccountName" -}}
{{- $default := ternary (include "xdp-exporter.fullname" .) "default" .Values.serviceAccount.create }}
{{- default $default .Values.serviceAccount.name }}
{{- end }}

{{- define "xdp-exporter.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ default $.Chart.AppVersion .tag }}{{ end }}
{{- end }}
{{- end }}

{{- /* MiB for the heap of each of the two processes: what the memory limit leaves beside rings (64) and the rest (128). */ -}}
{{- define "xdp-exporter.heapMiB" -}}
{{- $limit := .Values.resources.limits.memory }}
{{- $mib := trimSuffix "Mi" $limit | int }}
{{- if hasSuffix "Gi" $limit }}
{{- $mib = trimSuffix "Gi" $limit | int | mul 1024 }}
{{- end }}
{{- if lt (int $mib) 384 }}
{{- fail (printf "resources.limits.memory %q: less than the 384Mi that the exporter may need" $limit) }}
{{- end }}
{{- div (sub $mib 192) 2 }}
{{- end }}

{{- /* Each value as the flag that it sets; what no value sets is left to the exporter's own default. */ -}}
{{- define "xdp-exporter.args" -}}
- run
{{- with .Values.devices }}
{{- if .defaultRoute }}
- --device-default-route
{{- end }}
{{- range .include }}
- {{ printf "--device=%s" . | quote }}
{{- end }}
{{- range .exclude }}
- {{ printf "--device-exclude=%s" . | quote }}
{{- end }}
{{- end }}
- --mode={{ .Values.mode }}
- --xdp-mode={{ .Values.xdpMode }}
{{- if not .Values.packetSizes }}
- --no-packet-sizes
{{- end }}
{{- if .Values.logger.enabled }}
- --logger.max-events-per-second={{ int64 .Values.logger.maxEventsPerSecond }}
- --logger.transport={{ .Values.logger.transport }}
- --top.sources={{ .Values.topSources.count }}
- --top.prefix-v4={{ .Values.topSources.prefixV4 }}
- --top.prefix-v6={{ .Values.topSources.prefixV6 }}
{{- if .Values.topNetworks }}
- --top.networks-file=/etc/xdp-exporter/networks/networks.json
{{- end }}
{{- else }}
- --logger=off
{{- end }}
- --web.telemetry-path={{ .Values.web.telemetryPath }}
- --web.live={{ .Values.web.live }}
{{- if .Values.web.disableExporterMetrics }}
- --web.disable-exporter-metrics
{{- end }}
- --log.level={{ .Values.log.level }}
- --log.format={{ .Values.log.format }}
{{- range .Values.extraArgs }}
{{- if regexMatch "^--?web\\." . }}
{{- fail (printf "extraArgs %q: probes and monitors would not follow; set web.host, web.port, web.telemetryPath" .) }}
{{- end }}
- {{ . | quote }}
{{- end }}
{{- end }}

{{- /* The kubelet asks the node's address unless told otherwise, which is where the exporter listens unless told otherwise. */ -}}
{{- define "xdp-exporter.probe" -}}
httpGet:
  path: {{ .path }}
  port: metrics
  {{- if not (has .root.Values.web.host (list "" "0.0.0.0" "::")) }}
  host: {{ .root.Values.web.host | quote }}
  {{- end }}
{{- end }}

{{- define "xdp-exporter.fieldVariable" -}}
- name: {{ .name }}
  valueFrom:
    fieldRef:
      fieldPath: {{ .path }}
{{- end }}

{{- /* What is in extraEnv too is refused, but for NODE_OPTIONS: those may say more than the heap's size. */ -}}
{{- define "xdp-exporter.env" -}}
{{- $names := list }}
{{- range .Values.extraEnv }}
{{- $names = append $names .name }}
{{- end }}
{{- if or (not .Values.web.host) (contains "$(HOST_IP)" .Values.otlp.endpoint) }}
{{ include "xdp-exporter.fieldVariable" (dict "name" "HOST_IP" "path" "status.hostIP") }}
{{- end }}
# In brackets, as IPv6 addresses must be and IPv4 addresses may be.
- name: XDP_EXPORTER_WEB_LISTEN_ADDRESS
  value: "[{{ default "$(HOST_IP)" .Values.web.host }}]:{{ .Values.web.port }}"
{{- if not (has "NODE_OPTIONS" $names) }}
# For each of two processes: half the memory limit less 192 MiB, which rings, libraries and other BPF maps may take.
- name: NODE_OPTIONS
  value: --max-old-space-size={{ include "xdp-exporter.heapMiB" . }}
{{- end }}
{{- if .Values.otlp.endpoint }}
{{ include "xdp-exporter.otlpEnv" . | trim }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "xdp-exporter.otlpEnv" -}}
{{- range $name, $path := dict "NODE_NAME" "spec.nodeName" "POD_NAME" "metadata.name" "POD_NAMESPACE" "metadata.namespace" "POD_UID" "metadata.uid" }}
{{ include "xdp-exporter.fieldVariable" (dict "name" $name "path" $path) }}
{{- end }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ .Values.otlp.endpoint | quote }}
- name: OTEL_RESOURCE_ATTRIBUTES
  value: {{ include "xdp-exporter.resourceAttributes" . | quote }}
- name: OTEL_METRIC_EXPORT_INTERVAL
  value: {{ mul .Values.otlp.intervalSeconds 1000 | quote }}
{{- with .Values.otlp.headersSecret }}
{{- if .name }}
- name: OTEL_EXPORTER_OTLP_HEADERS
  valueFrom:
    secretKeyRef:
      name: {{ .name | quote }}
      key: {{ .key | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- define "xdp-exporter.resourceAttributes" -}}
k8s.node.name=$(NODE_NAME),k8s.pod.name=$(POD_NAME),k8s.namespace.name=$(POD_NAMESPACE),k8s.pod.uid=$(POD_UID)
{{- range $name, $value := .Values.otlp.resourceAttributes }},{{ $name }}={{ $value }}{{ end }}
{{- end }}

{{- /* What a PodMonitor and a ServiceMonitor have in common: one endpoint. */ -}}
{{- define "xdp-exporter.endpoint" -}}
- port: metrics
  path: {{ .root.Values.web.telemetryPath }}
  {{- with .monitor.interval }}
  interval: {{ . }}
  {{- end }}
  {{- with .monitor.scrapeTimeout }}
  scrapeTimeout: {{ . }}
  {{- end }}
  relabelings:
    # The rules and dashboards keep to jobs whose name has "xdp" in it, whatever the release is called.
    - targetLabel: job
      replacement: xdp-exporter
    # A node's series go on when its pod is replaced: they are called by the node, not by an address or a pod.
    - sourceLabels: [__meta_kubernetes_pod_node_name]
      targetLabel: instance
    - action: labeldrop
      regex: pod
    {{- with .monitor.relabelings }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .monitor.metricRelabelings }}
  metricRelabelings:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
