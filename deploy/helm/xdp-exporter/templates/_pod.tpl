{{- /* What Kubernetes adds to the container, with the reasons. */ -}}
{{- define "xdp-exporter.capabilities" -}}
# Create maps, load programs.
- BPF
# Load programs that compute with pointers, as these do with a frame's.
- PERFMON
# Attach programs to devices.
- NET_ADMIN
# Run what talks to the network as another user, who has no capabilities.
- SETUID
- SETGID
{{- if and .Values.logger.enabled (eq .Values.logger.transport "perf") }}
# Perf rings larger than the half MiB per CPU that a user may lock.
- IPC_LOCK
{{- end }}
{{- $opens := and (eq .Values.mode "observe") (not (.Values.observe).pins) }}
{{- if or $opens .Values.netns }}
# {{ if $opens }}Open a program that somebody else loaded{{ if .Values.netns }}, and enter network namespaces{{ end }}{{ else }}Enter network namespaces{{ end }}.
- SYS_ADMIN
{{- end }}
{{- $extra := .Values.extraCapabilities }}
{{- if or $opens .Values.netns }}
{{- $extra = without $extra "SYS_ADMIN" }}
{{- end }}
{{- with $extra }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "xdp-exporter.mountsHost" -}}
{{- or (not (empty (.Values.observe).pins)) (not (empty .Values.netns)) }}
{{- end }}

{{- define "xdp-exporter.volumeMounts" -}}
# The control socket: top and log by kubectl exec join the exporter there.
- name: control
  mountPath: /run/xdp-exporter
{{- if (.Values.observe).pins }}
# To open a pinned program takes the right to write its file, and no write to the file system.
- name: bpffs
  mountPath: /sys/fs/bpf
  readOnly: true
  mountPropagation: HostToContainer
{{- end }}
{{- if .Values.netns }}
# Namespaces that come later, too.
- name: netns
  mountPath: /run/netns
  readOnly: true
  mountPropagation: HostToContainer
{{- end }}
{{- if include "xdp-exporter.webConfigFile" . }}
- name: web-config
  mountPath: /etc/xdp-exporter/web
  readOnly: true
{{- end }}
{{- if (.Values.webConfig).tlsSecret }}
- name: tls
  mountPath: /etc/xdp-exporter/tls
  readOnly: true
{{- end }}
{{- if and .Values.logger.enabled .Values.topNetworks }}
# A folder, since a single file of a ConfigMap would never change.
- name: networks
  mountPath: /etc/xdp-exporter/networks
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "xdp-exporter.volumes" -}}
- name: control
  emptyDir:
    sizeLimit: 1Mi
{{- if (.Values.observe).pins }}
- name: bpffs
  hostPath:
    path: /sys/fs/bpf
    type: Directory
{{- end }}
{{- if .Values.netns }}
- name: netns
  hostPath:
    path: /run/netns
    type: DirectoryOrCreate
{{- end }}
{{- if include "xdp-exporter.webConfigFile" . }}
- name: web-config
  secret:
    secretName: {{ include "xdp-exporter.webConfigSecret" . | quote }}
    # 0400: root reads it, and nobody else.
    defaultMode: 256
{{- end }}
{{- with (.Values.webConfig).tlsSecret }}
- name: tls
  secret:
    secretName: {{ . | quote }}
    defaultMode: 256
{{- end }}
{{- if and .Values.logger.enabled .Values.topNetworks }}
- name: networks
  configMap:
    name: {{ printf "%s-networks" (include "xdp-exporter.fullname" .) | quote }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* As a SecurityContextConstraints names it. */ -}}
{{- define "xdp-exporter.seccompName" -}}
{{- with .Values.seccompProfile }}
{{- if eq .type "Localhost" }}localhost/{{ .localhostProfile }}
{{- else if eq .type "Unconfined" }}unconfined
{{- else }}runtime/default
{{- end }}
{{- end }}
{{- end }}
