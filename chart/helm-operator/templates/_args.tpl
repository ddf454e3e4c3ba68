{{/* The arguments of helm-operator, one a line. */}}
{{- define "helm-operator.args" -}}
- --enabled-helm-versions={{ include "helm-operator.versions" . }}
- --log-format={{ .Values.logFormat }}
- --git-timeout={{ .Values.git.timeout }}
- --git-poll-interval={{ .Values.git.pollInterval }}
{{- with .Values.git.defaultRef }}
- --git-default-ref={{ . }}
{{- end }}
- --charts-sync-interval={{ .Values.chartsSyncInterval }}
- --status-update-interval={{ .Values.statusUpdateInterval }}
- --update-chart-deps={{ .Values.updateChartDeps }}
- --log-release-diffs={{ .Values.logReleaseDiffs }}
- --workers={{ .Values.workers }}
- --tiller-namespace={{ .Values.tillerNamespace }}
{{- if .Values.allowNamespace }}
- --allow-namespace={{ .Values.allowNamespace }}
{{- else if not .Values.clusterRole.create }}
- --allow-namespace={{ .Release.Namespace }}
{{- end }}
{{- if .Values.kube.config }}
- --kubeconfig=/root/.kube/config
{{- end }}
{{- if .Values.configureRepositories.enable }}
- --helm-repository-import=v3:/root/.helm/repository/repositories.yaml
{{- end }}
{{- if .Values.sharding }}
- --shards={{ .Values.replicaCount }}
{{- else if gt (int .Values.replicaCount) 1 }}
- --leader-elect
{{- end }}
{{- with .Values.additionalArgs }}
{{ toYaml . }}
{{- end }}
{{- end -}}
