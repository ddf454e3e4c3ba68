{{/* Name of the chart, or nameOverride; part of the selector, which cannot be changed. */}}
{{- define "helm-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Name of all objects: the release's name when it contains the chart's, else both. */}}
{{- define "helm-operator.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "helm-operator.selector" -}}
app: {{ template "helm-operator.name" . }}
release: {{ .Release.Name }}
{{- end -}}

{{- define "helm-operator.labels" -}}
{{ include "helm-operator.selector" . }}
chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
heritage: {{ .Release.Service }}
{{- end -}}

{{- define "helm-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "helm-operator.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "helm-operator.clusterRoleName" -}}
{{- default (include "helm-operator.fullname" .) .Values.clusterRole.name -}}
{{- end -}}

{{- define "helm-operator.deploySecretName" -}}
{{- default (printf "%s-git-deploy" (include "helm-operator.fullname" .)) .Values.git.ssh.secretName -}}
{{- end -}}

{{- define "helm-operator.gitConfigSecretName" -}}
{{- default (printf "%s-git-config" (include "helm-operator.fullname" .)) .Values.git.config.secretName -}}
{{- end -}}

{{/* Helm versions as a list; given as text or as a list. */}}
{{- define "helm-operator.versions" -}}
{{- if kindIs "slice" .Values.helm.versions -}}
{{- join "," .Values.helm.versions -}}
{{- else -}}
{{- .Values.helm.versions -}}
{{- end -}}
{{- end -}}
