/** Charts that tests release: one with a Deployment and a test, like podinfo with its faults, and smaller ones. */

/** `podinfo` by another name: replicas, an image that comes up or not, a test that passes, fails or hangs. */
export const appChart: Readonly<Record<string, string>> = {
  'Chart.yaml': 'apiVersion: v2\nname: app\nversion: 0.1.0\nappVersion: 1.0.0\n',
  'values.yaml':
    'replicaCount: 1\nimage: registry.example/app:1.0\nfaults: {unready: false, testFail: false, testTimeout: false}\n',
  'templates/NOTES.txt': 'Hello from {{ .Release.Name }}\n',
  'templates/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicaCount }}
  strategy: {type: Recreate}
  selector:
    matchLabels: {app: {{ .Release.Name }}}
  template:
    metadata:
      labels: {app: {{ .Release.Name }}}
    spec:
      containers:
        - name: app
          image: {{ .Values.image }}
          {{- if .Values.faults.unready }}
          readinessProbe:
            exec: {command: ["false"]}
          {{- end }}
`,
  'templates/tests/test.yaml': `apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-test
  annotations:
    helm.sh/hook: test
    helm.sh/hook-delete-policy: before-hook-creation
spec:
  restartPolicy: Never
  containers:
    - name: test
      image: {{ if .Values.faults.testTimeout }}missing.example/test:1.0{{ else }}registry.example/test:1.0{{ end }}
      command: [{{ if .Values.faults.testFail }}"false"{{ else }}"true"{{ end }}]
`,
};

/** A ConfigMap of a colour. */
export const colorChart: Readonly<Record<string, string>> = {
  'Chart.yaml': 'apiVersion: v2\nname: color\nversion: 0.1.0\n',
  'values.yaml': 'color: red\n',
  'templates/color.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-color
data:
  color: {{ required "a color is needed" .Values.color | quote }}
  size: {{ .Values.size | default "none" | quote }}
`,
};

/** The files of a chart below a folder of a repository. */
export function below(
  folder: string,
  chart: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(chart).map(([name, text]) => [`${folder}/${name}`, text]),
  );
}
