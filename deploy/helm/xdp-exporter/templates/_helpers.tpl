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

{{- /* Of everything but monitors that have one of their own: where this chart is part of another, that may be elsewhere. */ -}}
{{- define "xdp-exporter.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
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

{{- /* `registry/repository:tag` or `@digest`; a repository may begin with its registry. */ -}}
{{- define "xdp-exporter.image" -}}
{{- $image := .Values.image }}
{{- with coalesce (.Values.global).imageRegistry $image.registry }}{{ . | trimSuffix "/" }}/{{ end }}{{ $image.repository }}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ default .Chart.AppVersion $image.tag }}{{ end }}
{{- end }}

{{- /* Each once, whichever way it was written: a name, or an object that has one. */ -}}
{{- define "xdp-exporter.pullSecrets" -}}
{{- $names := list }}
{{- range concat (default list (.Values.global).imagePullSecrets) (default list .Values.imagePullSecrets) }}
{{- $names = append $names (ternary . (get (ternary (dict) . (kindIs "string" .)) "name") (kindIs "string" .)) }}
{{- end }}
{{- range uniq $names }}
- name: {{ . | quote }}
{{- end }}
{{- end }}
