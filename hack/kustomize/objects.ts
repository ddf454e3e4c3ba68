/** Random objects of the kinds that kustomize knows, and of one that it does not. */
import type { Random } from './random.ts';

type Fields = Record<string, unknown>;

export function randomName(random: Random): string {
  return `${random.word()}${random.chance(0.2) ? `-${random.int(3)}` : ''}`;
}

const kinds: readonly ((random: Random, name: string) => Fields)[] = [
  (random, name) => workload('apps/v1', 'Deployment', random, name),
  (random, name) => workload('apps/v1', 'Deployment', random, name),
  (random, name) => workload('apps/v1', 'StatefulSet', random, name),
  (random, name) => workload('apps/v1', 'DaemonSet', random, name),
  (random, name) => ({
    ...named('batch/v1', 'CronJob', random, name),
    spec: { schedule: '* * * * *', jobTemplate: { spec: { template: template(random) } } },
  }),
  (random, name) => ({
    ...named('v1', 'ConfigMap', random, name),
    data: { a: random.text(), b: random.text(), [random.word()]: random.text() },
  }),
  (random, name) => ({
    ...named('v1', 'Secret', random, name),
    type: 'Opaque',
    data: { a: 'YQ==' },
    ...(random.chance(0.4) ? { stringData: { s: random.text() } } : {}),
  }),
  (random, name) => ({
    ...named('v1', 'Service', random, name),
    spec: {
      selector: { app: random.labelValue() },
      ports: [
        { port: 80, name: 'http', ...(random.chance(0.5) ? { protocol: 'TCP' } : {}) },
        ...(random.chance(0.5) ? [{ port: 53, protocol: 'UDP', targetPort: 'dns' }] : []),
      ],
    },
  }),
  (random, name) => ({
    ...named('networking.k8s.io/v1', 'Ingress', random, name),
    spec: {
      tls: [{ hosts: ['x.example'], secretName: random.word() }],
      rules: [
        {
          host: 'x.example',
          http: {
            paths: [
              {
                path: '/',
                pathType: 'Prefix',
                backend: { service: { name: random.word(), port: { number: 80 } } },
              },
            ],
          },
        },
      ],
    },
  }),
  (random, name) => ({
    ...named('rbac.authorization.k8s.io/v1', 'RoleBinding', random, name),
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: random.pick(['Role', 'ClusterRole']),
      name: random.word(),
    },
    subjects: [
      { kind: 'ServiceAccount', name: random.pick(['default', 'web', 'api']) },
      { kind: 'ServiceAccount', name: random.word(), namespace: random.pick(['one', 'default']) },
    ],
  }),
  (random, name) => named('rbac.authorization.k8s.io/v1', 'ClusterRole', random, name, true),
  (random, name) => named('rbac.authorization.k8s.io/v1', 'Role', random, name),
  (random, name) => named('v1', 'ServiceAccount', random, name),
  (random, name) => named('v1', 'Namespace', random, name, true),
  (random, name) => ({
    ...named('helm.toolkit.fluxcd.io/v2', 'HelmRelease', random, name),
    spec: {
      interval: '5m',
      values: { list: [{ name: 'x', value: random.scalar() }], number: random.scalar() },
      valuesFrom: [{ kind: 'ConfigMap', name: random.word() }],
    },
  }),
  (random, name) => ({
    ...named('autoscaling/v2', 'HorizontalPodAutoscaler', random, name),
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: random.word() },
      maxReplicas: 3,
    },
  }),
];

export function randomObjects(random: Random, folder: string): Fields[] {
  const found = new Map<string, Fields>();
  for (let count = 2 + random.int(5); count > 0; count--) {
    const object = random.pick(kinds)(random, randomName(random));
    const { name, namespace } = object.metadata as Record<string, string>;
    found.set(`${String(object.kind)} ${name ?? ''} ${namespace ?? 'default'}`, object);
  }
  return [...found.values()].map((object) => ({
    ...object,
    metadata: {
      ...(object.metadata as Fields),
      ...(random.chance(0.05) ? { annotations: { from: folder, empty: null } } : {}),
    },
  }));
}

function named(
  apiVersion: string,
  kind: string,
  random: Random,
  name: string,
  isGlobal = false,
): Fields {
  const metadata: Fields = { name };
  if (!isGlobal && random.chance(0.25)) metadata.namespace = random.pick(['one', 'two', 'default']);
  if (random.chance(0.4)) metadata.labels = { app: random.labelValue() };
  if (random.chance(0.2)) metadata.annotations = { 'example.com/x': random.text() };
  if (random.chance(0.05)) metadata.labels = {};
  return { apiVersion, kind, metadata };
}

function workload(apiVersion: string, kind: string, random: Random, name: string): Fields {
  const app = random.labelValue();
  return {
    ...named(apiVersion, kind, random, name),
    spec: {
      ...(random.chance(0.5) ? { replicas: random.int(4) } : {}),
      ...(random.chance(0.8) ? { selector: { matchLabels: { app } } } : {}),
      ...(kind === 'StatefulSet' ? { serviceName: random.word() } : {}),
      template: template(random, app),
    },
  };
}

function template(random: Random, app = 'web'): Fields {
  return {
    ...(random.chance(0.8) ? { metadata: { labels: { app } } } : {}),
    spec: {
      containers: [
        container('main', random),
        ...(random.chance(0.4) ? [container('side', random)] : []),
      ],
      ...(random.chance(0.2) ? { initContainers: [container('init', random)] } : {}),
      ...(random.chance(0.3) ? { serviceAccountName: random.word() } : {}),
      ...(random.chance(0.5)
        ? {
            volumes: [
              { name: 'config', configMap: { name: random.pick(['gen-base', 'web', 'api']) } },
              { name: 'secret', secret: { secretName: random.pick(['gen-base', 'db']) } },
            ],
          }
        : {}),
      ...(random.chance(0.2) ? { tolerations: [{ key: 'a', operator: 'Exists' }] } : {}),
    },
  };
}

function container(name: string, random: Random): Fields {
  return {
    name,
    image: random.pick([
      'nginx',
      'nginx:1.20',
      'registry:5000/app:v1',
      'example.com/team/app@sha256:0123',
      'busybox:1',
      'example.com/team/app:2@sha256:0123',
    ]),
    ...(random.chance(0.5)
      ? {
          env: [
            { name: 'A', value: random.text() },
            {
              name: 'B',
              valueFrom: { configMapKeyRef: { name: random.pick(['gen-base', 'web']), key: 'a' } },
            },
          ],
        }
      : {}),
    ...(random.chance(0.3) ? { envFrom: [{ secretRef: { name: random.word() } }] } : {}),
    ...(random.chance(0.4) ? { args: ['--x', random.text(), String(random.int(9))] } : {}),
    ...(random.chance(0.4)
      ? { ports: [{ containerPort: 80 }, { containerPort: 53, protocol: 'UDP' }] }
      : {}),
    ...(random.chance(0.3)
      ? { resources: { limits: { cpu: random.pick<unknown>([1, '500m', 0.5]) } } }
      : {}),
  };
}
