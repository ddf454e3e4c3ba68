{{/* Name of the chart, or nameOverride; part of the selector, which cannot be changed. */}}
{{- define "toolkit.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Name of all objects: the release's name when it contains the chart's, else both. */}}
{{- define "toolkit.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "toolkit.selector" -}}
app: {{ template "toolkit.name" . }}
release: {{ .Release.Name }}
{{- end -}}

{{- define "toolkit.labels" -}}
{{ include "toolkit.selector" . }}
chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
heritage: {{ .Release.Service }}
{{- end -}}

{{- define "toolkit.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "toolkit.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* Where the toolkit runs: pods of this chart, or of another. */}}
{{- define "toolkit.pods" -}}
{{- if .Values.runsIn -}}
{{ toYaml .Values.runsIn }}
{{- else -}}
{{ include "toolkit.selector" . }}
{{- end -}}
{{- end -}}
