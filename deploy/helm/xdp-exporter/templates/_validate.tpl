{{- /* What a schema can refuse but not explain. */ -}}
{{- define "xdp-exporter.validate" -}}
{{- with .Values }}
{{- if and .podMonitor.enabled .serviceMonitor.enabled }}
{{- fail "podMonitor.enabled and serviceMonitor.enabled: together they scrape every pod twice; set one of them" }}
{{- end }}
{{- if and .serviceMonitor.enabled (eq (toString .service.enabled) "false") }}
{{- fail "serviceMonitor.enabled: a ServiceMonitor finds pods by the Service that service.enabled=false leaves out; use podMonitor" }}
{{- end }}
{{- if not (or .devices.defaultRoute .devices.include .netns) }}
{{- fail "devices: no device is left to count on; set devices.defaultRoute or devices.include" }}
{{- end }}
{{- if has .web.telemetryPath (list "/healthz" "/readyz") }}
{{- fail (printf "web.telemetryPath %q: a probe is served there; choose another path" .web.telemetryPath) }}
{{- end }}
{{- if hasPrefix "/live/" .web.telemetryPath }}
{{- fail (printf "web.telemetryPath %q: the live page is served below /live; choose another path" .web.telemetryPath) }}
{{- end }}
{{- range $name, $_ := .otlp.resourceAttributes }}
{{- if has $name (list "k8s.node.name" "k8s.pod.name" "k8s.namespace.name" "k8s.pod.uid") }}
{{- fail (printf "otlp.resourceAttributes %q: the chart sets it; leave it out" $name) }}
{{- end }}
{{- end }}
{{- if hasKey .prometheusRule.alertLabels "alertname" }}
{{- fail "prometheusRule.alertLabels \"alertname\": it is the name of the alert; choose another label" }}
{{- end }}
{{- if hasKey (default dict .topNetworks) "other" }}
{{- fail "topNetworks \"other\": it stands for all other packets; choose another name" }}
{{- end }}
{{- range .extraCapabilities }}
{{- if hasPrefix "CAP_" . }}
{{- fail (printf "extraCapabilities %q: Kubernetes names it %q" . (trimPrefix "CAP_" .)) }}
{{- end }}
{{- if eq . "ALL" }}
{{- fail "extraCapabilities \"ALL\": name those that are needed" }}
{{- end }}
{{- end }}
{{- if and (eq .seccompProfile.type "Localhost") (not .seccompProfile.localhostProfile) }}
{{- fail "seccompProfile.type \"Localhost\": it needs the file's name in seccompProfile.localhostProfile" }}
{{- end }}
{{- if and (ne .seccompProfile.type "Localhost") .seccompProfile.localhostProfile }}
{{- fail (printf "seccompProfile.localhostProfile %q: it is used with type Localhost only, and the type is %q" .seccompProfile.localhostProfile .seccompProfile.type) }}
{{- end }}
{{- with .webConfig }}
{{- if and .content .existingSecret }}
{{- fail "webConfig.content and webConfig.existingSecret: both hold the file; set one of them" }}
{{- end }}
{{- end }}
{{- $groups := dict "commonLabels" .commonLabels "podLabels" .podLabels "service.labels" .service.labels }}
{{- $groups = merge $groups (dict "podMonitor.labels" .podMonitor.labels "serviceMonitor.labels" .serviceMonitor.labels) }}
{{- $groups = merge $groups (dict "prometheusRule.labels" .prometheusRule.labels "dashboards.labels" .dashboards.labels) }}
{{- range $group, $labels := $groups }}
{{- range $label, $_ := $labels }}
{{- if regexMatch "^(app\\.kubernetes\\.io/(name|instance|version|component|managed-by)|helm\\.sh/chart)$" $label }}
{{- fail (printf "%s %q: the chart sets this label; leave it out" $group $label) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
