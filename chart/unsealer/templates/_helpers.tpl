{{- define "unsealer.selector" -}}
app.kubernetes.io/name: unsealer
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "unsealer.labels" -}}
{{ include "unsealer.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
