{{/* The arguments of toolkit, one a line. */}}
{{- define "toolkit.args" -}}
- --log-format={{ .Values.logFormat }}
- --watch-all-namespaces={{ .Values.watchAllNamespaces }}
- --concurrent={{ .Values.concurrent }}
- --storage-path=/data
- --storage-adv-addr=source-controller.{{ .Release.Namespace }}.svc.{{ .Values.clusterDomain }}.
- --enable-leader-election
{{- if .Values.multitenancy.enabled }}
- --no-cross-namespace-refs
- --no-remote-bases
- --default-service-account={{ .Values.multitenancy.defaultServiceAccount }}
{{- end }}
{{- with .Values.additionalArgs }}
{{ toYaml . }}
{{- end }}
{{- end -}}
