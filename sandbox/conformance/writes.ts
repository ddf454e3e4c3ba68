/** Random sequences of writes to one object; the same seed gives the same sequence. */
import type { patchTypes } from './probe.ts';

export interface Write {
  method: 'POST' | 'PUT' | 'PATCH';
  type?: keyof typeof patchTypes;
  query: string;
  resource: Resource;
  body?: unknown;
}

interface Resource {
  apiVersion: string;
  kind: string;
  plural: string;
  root: string;
  /** Whatever the kind holds beside its metadata. */
  content: (random: Random) => Record<string, unknown>;
}

/** Draws of one sequence. */
interface Random {
  /** An integer from 0 up to `limit`, without it. */
  below(limit: number): number;
  one<T>(choices: readonly T[]): T;
  /** Each with an even chance. */
  some<T>(choices: readonly T[]): T[];
  /** `value` with an even chance, else nothing. */
  maybe<T>(key: string, value: T): Record<string, T>;
}

function randomFrom(seed: number): Random {
  let state = (seed + 1) * 0x9e3779b9;
  const next = () => {
    state = Math.imul(state ^ (state >>> 15), 0x85ebca6b) + 0x165667b1;
    state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
    return ((state ^ (state >>> 16)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    one: (choices) => {
      const found = choices[below(choices.length)];
      if (found === undefined) throw new RangeError('nothing to choose from');
      return found;
    },
    some: (choices) => choices.filter(() => next() < 0.5),
    maybe: (key, value) => (next() < 0.5 ? { [key]: value } : {}),
  };
}

const container = (random: Random, name: string) => ({
  name,
  image: `example.com/${random.one(['app', 'web'])}:${random.below(3)}`,
  ...random.maybe('args', random.some(['-a', '-b', '-c'])),
  ...random.maybe(
    'env',
    random
      .some(['A', 'B', 'C'])
      .map((variable) => ({ name: variable, value: String(random.below(3)) })),
  ),
  ...random.maybe(
    'ports',
    random.some([80, 443, 53]).map((containerPort) => ({
      containerPort,
      ...random.maybe('protocol', random.one(['TCP', 'UDP'])),
      ...random.maybe('name', `p${containerPort}`),
    })),
  ),
  ...random.maybe('resources', { limits: { cpu: random.one(['100m', '1']), memory: '1Gi' } }),
});

const resources: readonly Resource[] = [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    plural: 'configmaps',
    root: '/api/v1',
    content: (random) =>
      random.maybe(
        'data',
        Object.fromEntries(
          random.some(['a', 'b', 'c']).map((key) => [key, String(random.below(3))]),
        ),
      ),
  },
  {
    apiVersion: 'v1',
    kind: 'PodTemplate',
    plural: 'podtemplates',
    root: '/api/v1',
    content: (random) => ({
      template: {
        ...random.maybe('metadata', { labels: { app: random.one(['a', 'b']) } }),
        spec: {
          containers: ['first', ...random.some(['second', 'third'])].map((name) =>
            container(random, name),
          ),
          ...random.maybe('nodeSelector', { disk: random.one(['ssd', 'hdd']) }),
          ...random.maybe(
            'tolerations',
            random.some(['x', 'y']).map((key) => ({ key, operator: 'Exists' })),
          ),
          ...random.maybe(
            'volumes',
            random.some(['data', 'cache']).map((name) => ({ name, emptyDir: {} })),
          ),
          ...random.maybe(
            'imagePullSecrets',
            random.some(['s1', 's2']).map((name) => ({ name })),
          ),
        },
      },
    }),
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    plural: 'services',
    root: '/api/v1',
    content: (random) => ({
      spec: {
        clusterIP: 'None',
        selector: { app: random.one(['a', 'b']) },
        ports: [80, ...random.some([443, 8080])].map((port) => ({
          name: `p${port}`,
          port,
          ...random.maybe('targetPort', random.one([8080, 'http'])),
        })),
      },
    }),
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    plural: 'ingresses',
    root: '/apis/networking.k8s.io/v1',
    content: (random) => ({
      spec: {
        rules: ['a.example.com', ...random.some(['b.example.com'])].map((host) => ({
          host,
          http: {
            paths: [
              {
                path: random.one(['/', '/x']),
                pathType: 'Prefix',
                backend: { service: { name: 'web', port: { number: random.one([80, 443]) } } },
              },
            ],
          },
        })),
        ...random.maybe('ingressClassName', random.one(['nginx', 'other'])),
      },
    }),
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    plural: 'roles',
    root: '/apis/rbac.authorization.k8s.io/v1',
    content: (random) => ({
      rules: random
        .some(['pods', 'secrets'])
        .map((each) => ({ apiGroups: [''], resources: [each], verbs: ['get'] })),
    }),
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    plural: 'cronjobs',
    root: '/apis/batch/v1',
    content: (random) => ({
      spec: {
        suspend: true,
        schedule: random.one(['0 0 * * *', '1 1 * * *']),
        ...random.maybe('concurrencyPolicy', random.one(['Forbid', 'Replace'])),
        jobTemplate: {
          spec: {
            template: {
              spec: { restartPolicy: 'Never', containers: [container(random, 'first')] },
            },
          },
        },
      },
    }),
  },
];

const managers = ['one', 'two', 'three'] as const;

export function randomWrites(seed: number): Write[] {
  const random = randomFrom(seed);
  const resource = random.one(resources);
  const whole = () => ({
    apiVersion: resource.apiVersion,
    kind: resource.kind,
    metadata: {
      name: 'x',
      ...random.maybe(
        'labels',
        Object.fromEntries(
          random.some(['l1', 'l2', 'l3']).map((key) => [key, random.one(['v', 'w'])]),
        ),
      ),
      ...random.maybe(
        'annotations',
        Object.fromEntries(random.some(['a1', 'a2']).map((key) => [key, random.one(['v', 'w'])])),
      ),
    },
    ...resource.content(random),
  });
  const manager = () => `fieldManager=${random.one(managers)}`;
  const apply = (): Write => ({
    method: 'PATCH',
    type: 'apply',
    query: `${manager()}&force=${random.one(['true', 'false'])}`,
    resource,
    body: whole(),
  });
  const first: Write = random.one([
    { method: 'POST', query: manager(), resource, body: whole() },
    apply(),
  ]);
  const later = Array.from({ length: 8 }, (): Write => {
    switch (random.below(6)) {
      case 0:
        return { method: 'PUT', query: manager(), resource, body: whole() };
      case 1:
      case 2: {
        const type = random.one(['merge', 'strategic'] as const);
        const { apiVersion: _apiVersion, kind: _kind, ...body } = whole();
        return { method: 'PATCH', type, query: manager(), resource, body };
      }
      case 3:
        return {
          method: 'PATCH',
          type: 'json',
          query: manager(),
          resource,
          body: [
            { op: 'add', path: '/metadata/labels', value: { l1: random.one(['v', 'w', 'x']) } },
          ],
        };
      default:
        return apply();
    }
  });
  return [first, ...later];
}
