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

{{- /* Of a field of the pod, only what something refers to, and before it: the kubelet expands what it has seen. */ -}}
{{- define "xdp-exporter.env" -}}
{{- $env := include "xdp-exporter.ownEnv" . | trim }}
{{- $uses := printf "%s\n%s" $env (include "xdp-exporter.args" .) }}
{{- $fields := dict "HOST_IP" "status.hostIP" "POD_IP" "status.podIP" "NODE_NAME" "spec.nodeName" "POD_NAME" "metadata.name" "POD_NAMESPACE" "metadata.namespace" "POD_UID" "metadata.uid" }}
{{- $names := list }}
{{- range fromYamlArray $env }}
{{- if has .name $names }}
{{- fail (printf "extraEnv %q: it is there twice, or another value sets it" .name) }}
{{- end }}
{{- $names = append $names .name }}
{{- end }}
{{- range $name, $path := $fields }}
{{- if contains (printf "$(%s)" $name) $uses }}
{{- if has $name $names }}
{{- fail (printf "extraEnv %q: it is there twice, or another value sets it" $name) }}
{{- end }}
- name: {{ $name }}
  valueFrom:
    fieldRef:
      fieldPath: {{ $path }}
{{- end }}
{{- end }}
{{ $env }}
{{- end }}

{{- /* What is in extraEnv too is refused, but for NODE_OPTIONS: those may say more than the heap's size. */ -}}
{{- define "xdp-exporter.ownEnv" -}}
{{- $names := list }}
{{- range .Values.extraEnv }}
{{- $names = append $names .name }}
{{- end }}
# In brackets, as IPv6 addresses must be and IPv4 addresses may be.
- name: XDP_EXPORTER_WEB_LISTEN_ADDRESS
  value: "{{ range $index, $host := prepend (default list .Values.web.extraHosts) (default "$(HOST_IP)" .Values.web.host) }}{{ if $index }},{{ end }}[{{ $host }}]:{{ $.Values.web.port }}{{ end }}"
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
