{{/* The arguments of fluxd, one a line. */}}
{{- define "flux.args" -}}
- --log-format={{ .Values.logFormat }}
- --ssh-keygen-dir=/var/fluxd/keygen
{{- with .Values.ssh.keygen.format }}
- --ssh-keygen-format={{ . }}
{{- end }}
- --k8s-secret-name={{ template "flux.deploySecretName" . }}
{{- with .Values.git.secretDataKey }}
- --k8s-secret-data-key={{ . }}
{{- end }}
{{- if not .Values.clusterRole.create }}
- --k8s-allow-namespace={{ include "flux.namespaces" . }}
{{- end }}
{{- with .Values.defaultNamespace }}
- --k8s-default-namespace={{ . }}
{{- end }}
- --sync-state={{ .Values.sync.state }}
{{- with .Values.sync.timeout }}
- --sync-timeout={{ . }}
{{- end }}
- --git-url={{ .Values.git.url }}
- --git-branch={{ .Values.git.branch }}
- --git-path={{ .Values.git.path }}
- --git-readonly={{ .Values.git.readonly }}
- {{ printf "--git-user=%s" .Values.git.user | quote }}
- --git-email={{ .Values.git.email }}
{{- with .Values.git.signingKey }}
- --git-signing-key={{ . }}
{{- end }}
{{- if .Values.git.verifySignaturesMode }}
- --git-verify-signatures-mode={{ .Values.git.verifySignaturesMode }}
{{- else if .Values.git.verifySignatures }}
- --git-verify-signatures-mode=all
{{- end }}
{{- if .Values.gpgKeys.secretName }}
- --git-gpg-key-import=/root/gpg-import/private
{{- end }}
{{- if .Values.gpgKeys.configMapName }}
- --git-gpg-key-import=/root/gpg-import/public
{{- end }}
- --git-set-author={{ .Values.git.setAuthor }}
- --git-poll-interval={{ .Values.git.pollInterval }}
- --git-timeout={{ .Values.git.timeout }}
- --sync-interval={{ default .Values.git.pollInterval .Values.sync.interval }}
- --git-ci-skip={{ .Values.git.ciSkip }}
{{- with .Values.git.label }}
- --git-label={{ . }}
{{- end }}
{{- if .Values.git.secret.enabled }}
- --git-secret
{{- end }}
{{- if .Values.sops.enabled }}
- --sops
{{- end }}
{{- if .Values.registry.disableScanning }}
- --registry-disable-scanning
{{- end }}
- --automation-interval={{ default .Values.registry.automationInterval .Values.registry.pollInterval }}
- --registry-rps={{ .Values.registry.rps }}
- --registry-burst={{ .Values.registry.burst }}
- --registry-trace={{ .Values.registry.trace }}
- --registry-cache-dir=/var/fluxd/images
{{- with .Values.memcached.hostnameOverride }}
- --memcached-hostname={{ . }}
- --memcached-service=
{{- end }}
{{- with .Values.registry.insecureHosts }}
- --registry-insecure-host={{ . }}
{{- end }}
{{- with .Values.registry.excludeImage }}
- --registry-exclude-image={{ . }}
{{- end }}
{{- with .Values.registry.includeImage }}
- --registry-include-image={{ . }}
{{- end }}
{{- with .Values.registry.useTimestampLabels }}
- --registry-use-labels={{ . }}
{{- end }}
{{- with .Values.registry.ecr.region }}
- --registry-ecr-region={{ . }}
{{- end }}
{{- with .Values.registry.ecr.includeId }}
- --registry-ecr-include-id={{ . }}
{{- end }}
{{- with .Values.registry.ecr.excludeId }}
- --registry-ecr-exclude-id={{ . }}
{{- end }}
{{- if .Values.registry.ecr.require }}
- --registry-require=ecr
{{- end }}
{{- if .Values.registry.dockercfg.enabled }}
- --docker-config={{ .Values.registry.dockercfg.configFileName }}
{{- end }}
{{- if .Values.syncGarbageCollection.dry }}
- --sync-garbage-collection-dry
{{- else if .Values.syncGarbageCollection.enabled }}
- --sync-garbage-collection
{{- end }}
{{- if .Values.manifestGeneration }}
- --manifest-generation=true
{{- end }}
{{- with .Values.additionalArgs }}
{{ toYaml . }}
{{- end }}
{{- end -}}
