{{- /* How the pods are replaced. `maxUnavailable` by itself is what older versions of the chart called it. */ -}}
{{- define "xdp-exporter.updateStrategy" -}}
{{- $strategy := default dict .Values.updateStrategy }}
{{- $type := default "RollingUpdate" $strategy.type -}}
type: {{ $type }}
{{- if eq $type "RollingUpdate" }}
{{- $new := (default dict $strategy.rollingUpdate).maxUnavailable }}
rollingUpdate:
  maxUnavailable: {{ ternary (default 1 .Values.maxUnavailable) $new (has (toString $new) (list "" "1" "<nil>")) }}
{{- end }}
{{- end }}
