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
{{- range .Values.netns }}
- {{ printf "--netns=%s" . | quote }}
{{- end }}
- --mode={{ .Values.mode }}
{{- range (.Values.observe).pins }}
- {{ printf "--observe.pin=%s" . | quote }}
{{- end }}
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
{{- if include "xdp-exporter.webConfigFile" . }}
- --web.config.file={{ include "xdp-exporter.webConfigFile" . }}
{{- end }}
- --log.level={{ .Values.log.level }}
- --log.format={{ .Values.log.format }}
{{- include "xdp-exporter.options" . }}
{{- range .Values.extraArgs }}
{{- if regexMatch "^--?web\\.(listen-address|telemetry-path|config)" . }}
{{- fail (printf "extraArgs %q: probes and monitors would not follow; set web.host, web.port, web.telemetryPath or webConfig" .) }}
{{- end }}
- {{ . | quote }}
{{- end }}
{{- end }}

{{- /* The flags of `options`. files/options.json is the exporter's own list: a name that is not on it, or that a value sets, is refused. */ -}}
{{- define "xdp-exporter.options" -}}
{{- $known := .Files.Get "files/options.json" | fromJson }}
{{- range $name, $value := .Values.options }}
{{- $option := get $known $name }}
{{- if not (hasKey $known $name) }}
{{- fail (printf "options %q: the exporter has no such option; the chart's README lists them" $name) }}
{{- end }}
{{- if $option.value }}
{{- fail (printf "options %q: set %s instead" $name $option.value) }}
{{- end }}
{{- if or (kindIs "map" $value) (kindIs "invalid" $value) }}
{{- fail (printf "options %q: not a text, a number, true, false or a list; write KEY=VALUE as items of a list" $name) }}
{{- end }}
{{- range ternary $value (list $value) (kindIs "slice" $value) }}
{{- /* YAML takes a bare on and off for true and false. */}}
{{- $text := toString . }}
{{- if and (kindIs "bool" .) (has "on" (default list $option.choices)) }}
{{- $text = ternary "on" "off" . }}
{{- else if kindIs "float64" . }}
{{- $text = ternary (int64 . | toString) $text (eq (floor .) .) }}
{{- end }}
{{- if and $option.choices (not (has $text $option.choices)) }}
{{- fail (printf "options %q: %q is not one of %s" $name $text (join ", " $option.choices)) }}
{{- end }}
- {{ printf "--%s=%s" $name $text | quote }}
{{- end }}
{{- end }}
{{- end }}
