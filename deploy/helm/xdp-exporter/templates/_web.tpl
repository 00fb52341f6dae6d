{{- /* The file of --web.config.file as a map; empty where the chart makes none: there is none, or it is in a Secret of yours. */ -}}
{{- define "xdp-exporter.webConfig" -}}
{{- $web := default dict .Values.webConfig }}
{{- if $web.content }}
{{- toYaml $web.content }}
{{- else if and $web.tlsSecret (not $web.existingSecret) }}
{{- toYaml (dict "tls_server_config" (dict "cert_file" "/etc/xdp-exporter/tls/tls.crt" "key_file" "/etc/xdp-exporter/tls/tls.key")) }}
{{- end }}
{{- end }}

{{- /* Its name in the pod, or nothing. */ -}}
{{- define "xdp-exporter.webConfigFile" -}}
{{- $web := default dict .Values.webConfig }}
{{- if $web.existingSecret }}/etc/xdp-exporter/web/{{ default "web-config.yml" $web.key }}
{{- else if include "xdp-exporter.webConfig" . }}/etc/xdp-exporter/web/web-config.yml
{{- end }}
{{- end }}

{{- define "xdp-exporter.webConfigSecret" -}}
{{- default (printf "%s-web" (include "xdp-exporter.fullname" . | trunc 59 | trimSuffix "-")) (.Values.webConfig).existingSecret }}
{{- end }}

{{- /* "https" or "http": what probes and monitors ask. */ -}}
{{- define "xdp-exporter.scheme" -}}
{{- $content := include "xdp-exporter.webConfig" . | fromYaml }}
{{- ternary "https" "http" (or (.Values.webConfig).https (hasKey $content "tls_server_config")) }}
{{- end }}

{{- /* Whether a client without a certificate gets no connection: the kubelet has none. */ -}}
{{- define "xdp-exporter.wantsCertificate" -}}
{{- $content := include "xdp-exporter.webConfig" . | fromYaml }}
{{- if has (default "" (default dict $content.tls_server_config).client_auth_type) (list "RequireAnyClientCert" "RequireAndVerifyClientCert") }}true{{ end }}
{{- end }}

{{- /* A probe of the chart, changed by the fields that were given; a handler of those replaces the chart's. The kubelet asks the node's address unless told otherwise, which is where the exporter listens unless told otherwise. */ -}}
{{- define "xdp-exporter.probe" -}}
{{- $given := default dict .given }}
{{- $handler := pick $given "httpGet" "tcpSocket" "exec" "grpc" }}
{{- if not $handler }}
{{- $at := dict "port" "metrics" }}
{{- if not (has .root.Values.web.host (list "" "0.0.0.0" "::")) }}
{{- $_ := set $at "host" .root.Values.web.host }}
{{- end }}
{{- $scheme := include "xdp-exporter.scheme" .root }}
{{- if include "xdp-exporter.wantsCertificate" .root }}
{{- $handler = dict "tcpSocket" $at }}
{{- else }}
{{- $_ := set $at "path" "/healthz" }}
{{- if eq $scheme "https" }}
{{- $_ := set $at "scheme" "HTTPS" }}
{{- end }}
{{- $handler = dict "httpGet" $at }}
{{- end }}
{{- end }}
{{- toYaml (merge (dict) $given $handler .fields) }}
{{- end }}
