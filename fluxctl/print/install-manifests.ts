/** The manifests that install fluxd, valid on Kubernetes 1.22 to 1.36. Pure. */

export interface InstallOptions {
  namespace: string;
  image: string;
  gitUrl: string;
  gitBranch: string;
  gitPaths: readonly string[];
  gitLabel: string;
  gitUser: string;
  gitEmail: string;
  readOnly: boolean;
  generation: boolean;
  /** Whether images are scanned; without it there is no memcached. */
  scanning: boolean;
  securityContext: boolean;
}

/** Contents by file name; the names are what people's kustomizations refer to. */
export function installManifests(options: InstallOptions): Map<string, string> {
  const files: [string, string][] = [
    ['flux-account.yaml', account(options)],
    ['flux-deployment.yaml', deployment(options)],
    ['flux-secret.yaml', secret(options)],
  ];
  if (options.scanning)
    files.push(
      ['memcache-dep.yaml', memcachedDeployment(options)],
      ['memcache-svc.yaml', memcachedService(options)],
    );
  return new Map(files);
}

const account = ({ namespace }: InstallOptions) => `---
# What fluxd may do: as it applies whatever the repository holds, everything.
apiVersion: v1
kind: ServiceAccount
metadata:
  name: flux
  namespace: ${namespace}
  labels:
    name: flux
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: flux
  labels:
    name: flux
rules:
- apiGroups: ['*']
  resources: ['*']
  verbs: ['*']
- nonResourceURLs: ['*']
  verbs: ['*']
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: flux
  labels:
    name: flux
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: flux
subjects:
- kind: ServiceAccount
  name: flux
  namespace: ${namespace}
`;

const secret = ({ namespace }: InstallOptions) => `---
# fluxd puts the SSH key that it makes in here.
apiVersion: v1
kind: Secret
metadata:
  name: flux-git-deploy
  namespace: ${namespace}
type: Opaque
`;

function deployment(options: InstallOptions): string {
  const { gitPaths } = options;
  const args = [
    '--memcached-service=',
    '--ssh-keygen-dir=/var/fluxd/keygen',
    `--git-url=${options.gitUrl}`,
    `--git-branch=${options.gitBranch}`,
    ...(gitPaths.length === 0 ? [] : [`--git-path=${gitPaths.join(',')}`]),
    `--git-label=${options.gitLabel}`,
    ...(options.gitUser === '' ? [] : [`--git-user=${options.gitUser}`]),
    `--git-email=${options.gitEmail}`,
    ...(options.readOnly ? ['--git-readonly'] : []),
    ...(options.generation ? ['--manifest-generation=true'] : []),
    '--listen-metrics=:3031',
    ...(options.scanning ? [] : ['--registry-disable-scanning']),
  ];
  return `---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: flux
  namespace: ${options.namespace}
spec:
  replicas: 1
  selector:
    matchLabels:
      name: flux
  strategy:
    type: Recreate
  template:
    metadata:
      annotations:
        prometheus.io/port: "3031" # where /metrics is
      labels:
        name: flux
    spec:
      nodeSelector:
        kubernetes.io/os: linux
      serviceAccountName: flux
      volumes:
      - name: git-key
        secret:
          secretName: flux-git-deploy
          defaultMode: 0400 # ssh refuses keys that others can read
      - name: git-keygen
        emptyDir:
          medium: Memory
      # To know a Git host by its key: a ConfigMap of known_hosts, mounted at /root/.ssh
      # - name: ssh-config
      #   configMap:
      #     name: flux-ssh-config
      containers:
      - name: flux
        image: ${scalar(options.image)}
        imagePullPolicy: IfNotPresent
        resources:
          requests:
            cpu: 50m
            memory: 64Mi
        ports:
        - containerPort: 3030
        livenessProbe:
          httpGet:
            port: 3030
            path: /api/flux/v6/identity.pub
          initialDelaySeconds: 5
          timeoutSeconds: 5
        readinessProbe:
          httpGet:
            port: 3030
            path: /api/flux/v6/identity.pub
          initialDelaySeconds: 5
          timeoutSeconds: 5
        volumeMounts:
        - name: git-key
          mountPath: /etc/fluxd/ssh
          readOnly: true
        - name: git-keygen
          mountPath: /var/fluxd/keygen
        # - name: ssh-config
        #   mountPath: /root/.ssh
        args:
${args.map((arg) => `        - ${scalar(arg)}\n`).join('')}`;
}

const memcachedDeployment = ({ namespace, securityContext }: InstallOptions) => `---
# Shared memory of image metadata.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: memcached
  namespace: ${namespace}
spec:
  replicas: 1
  selector:
    matchLabels:
      name: memcached
  template:
    metadata:
      labels:
        name: memcached
    spec:
      nodeSelector:
        kubernetes.io/os: linux
      containers:
      - name: memcached
        image: memcached:1.6.12-alpine
        imagePullPolicy: IfNotPresent
        args:
        - -m 512 # megabytes in all
        - -I 5m # largest item
        - -p 11211
        ports:
        - name: clients
          containerPort: 11211
${
  securityContext
    ? `        securityContext:
          runAsUser: 11211
          runAsGroup: 11211
          allowPrivilegeEscalation: false
`
    : ''
}`;

const memcachedService = ({ namespace }: InstallOptions) => `---
apiVersion: v1
kind: Service
metadata:
  name: memcached
  namespace: ${namespace}
spec:
  ports:
  - name: memcached
    port: 11211
  selector:
    name: memcached
`;

/** As a plain scalar where YAML reads it as it stands, else in quotes. */
const scalar = (text: string): string =>
  /^[\w./][\w./:@=,+-]*$|^--[\w./:@=,+-]*$/.test(text) && !text.endsWith(':')
    ? text
    : JSON.stringify(text);
