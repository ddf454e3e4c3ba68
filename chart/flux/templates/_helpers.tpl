{{/* Name of the chart, or nameOverride; part of the selector, which cannot be changed. */}}
{{- define "flux.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Name of all objects: the release's name when it contains the chart's, else both. */}}
{{- define "flux.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "flux.selector" -}}
app: {{ template "flux.name" . }}
release: {{ .Release.Name }}
{{- end -}}

{{- define "flux.labels" -}}
{{ include "flux.selector" . }}
chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
heritage: {{ .Release.Service }}
{{- end -}}

{{- define "flux.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "flux.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "flux.clusterRoleName" -}}
{{- default (include "flux.fullname" .) .Values.clusterRole.name -}}
{{- end -}}

{{- define "flux.deploySecretName" -}}
{{- default (printf "%s-git-deploy" (include "flux.fullname" .)) .Values.git.secretName -}}
{{- end -}}

{{- define "flux.gitConfigSecretName" -}}
{{- default (printf "%s-git-config" (include "flux.fullname" .)) .Values.git.config.secretName -}}
{{- end -}}

{{/* Namespaces that roles are made in, when there is no ClusterRole. */}}
{{- define "flux.namespaces" -}}
{{- append .Values.allowedNamespaces .Release.Namespace | uniq | join "," -}}
{{- end -}}
