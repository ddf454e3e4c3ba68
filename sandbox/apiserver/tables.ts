/** Lists as `kubectl get` prints them: Table responses. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { jsonPath } from './json-path.ts';
import { apiVersionOf } from './kinds.ts';
import type { Column, Kind } from './kinds.ts';
import { isObject } from './schema/type-node.ts';

type Cell = string | number | boolean | null;

interface TableSpec {
  columns: Column[];
  cells: (object: KubeObject, now: Date) => Cell[];
}

const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name must be unique within a namespace.',
};

const text = (name: string, priority = 0): Column => ({ name, type: 'string', priority });
const integer = (name: string): Column => ({ name, type: 'integer' });
const age = text('Age');
/** What `-o wide` adds for whatever runs containers and selects pods. */
const wide = [text('Containers', 1), text('Images', 1), text('Selector', 1)];

/** A Table of objects. @param metadata of the list; absent for a single object */
export function tableOf(
  kind: Kind,
  objects: readonly KubeObject[],
  now: Date,
  options: { metadata?: Record<string, unknown>; includeObject?: string; withColumns?: boolean },
) {
  const spec = specOf(kind);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: options.metadata ?? {},
    columnDefinitions:
      options.withColumns === false
        ? []
        : spec.columns.map((column) => ({ format: '', description: '', priority: 0, ...column })),
    rows: objects.map((object) => ({
      cells: spec.cells(object, now),
      object: rowObject(kind, object, options.includeObject),
    })),
  };
}

function rowObject(kind: Kind, object: KubeObject, include = 'Metadata') {
  if (include === 'None') return undefined;
  if (include === 'Object') return { ...object, apiVersion: apiVersionOf(kind) };
  return partialMetadata(object);
}

export function partialMetadata(object: KubeObject) {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

function specOf(kind: Kind): TableSpec {
  if (kind.custom !== undefined) return customTable(kind);
  return builtin[`${apiVersionOf(kind)} ${kind.kind}`] ?? plain;
}

const plain: TableSpec = {
  columns: [nameColumn, { name: 'Created At', type: 'date' }],
  cells: (object) => [object.metadata.name ?? '', object.metadata.creationTimestamp ?? ''],
};

function customTable(kind: Kind): TableSpec {
  const columns = kind.custom?.columns ?? [];
  if (columns.length === 0) {
    return {
      columns: [nameColumn, age],
      cells: (object, now) => [object.metadata.name ?? '', ageOf(object, now)],
    };
  }
  const paths = columns.map((column) => jsonPath(column.jsonPath));
  return {
    columns: [nameColumn, ...columns.map(({ jsonPath: _path, ...column }) => column)],
    cells: (object, now) => [
      object.metadata.name ?? '',
      ...paths.map((path, at): Cell => {
        const [value] = path(object);
        const type = columns[at]?.type;
        if (value === undefined || value === null) return type === 'string' ? '' : null;
        if (type === 'date') return typeof value === 'string' ? humanAge(value, now) : '<invalid>';
        if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
          return value;
        return JSON.stringify(value);
      }),
    ],
  };
}

const bindingTable: TableSpec = {
  columns: [
    nameColumn,
    text('Role'),
    age,
    text('Users', 1),
    text('Groups', 1),
    text('ServiceAccounts', 1),
  ],
  cells: (o, now) => {
    const subjects = (kind: string) =>
      list(o, 'subjects')
        .filter(isObject)
        .filter((subject) => subject.kind === kind);
    const names = (kind: string) => subjects(kind).map((subject) => String(subject.name));
    const accounts = subjects('ServiceAccount').map(
      ({ namespace = '', name: account }) => `${String(namespace)}/${String(account)}`,
    );
    return [
      name(o),
      `${str(o, 'roleRef.kind')}/${str(o, 'roleRef.name')}`,
      ageOf(o, now),
      names('User').join(', '),
      names('Group').join(', '),
      accounts.join(', '),
    ];
  },
};

const builtin: Readonly<Record<string, TableSpec>> = {
  'v1 Namespace': {
    columns: [nameColumn, text('Status'), age],
    cells: (o, now) => [name(o), str(o, 'status.phase'), ageOf(o, now)],
  },
  'v1 ConfigMap': {
    columns: [nameColumn, { name: 'Data', type: 'integer' }, age],
    cells: (o, now) => [name(o), count(o.data) + count(o.binaryData), ageOf(o, now)],
  },
  'v1 Secret': {
    columns: [nameColumn, text('Type'), { name: 'Data', type: 'integer' }, age],
    cells: (o, now) => [name(o), str(o, 'type'), count(o.data), ageOf(o, now)],
  },
  'v1 ServiceAccount': {
    columns: [nameColumn, { name: 'Secrets', type: 'integer' }, age],
    cells: (o, now) => [name(o), list(o, 'secrets').length, ageOf(o, now)],
  },
  'v1 Service': {
    columns: [
      nameColumn,
      text('Type'),
      text('Cluster-IP'),
      text('External-IP'),
      text('Port(s)'),
      age,
      text('Selector', 1),
    ],
    cells: (o, now) => [
      name(o),
      str(o, 'spec.type'),
      str(o, 'spec.clusterIP') || '<none>',
      str(o, 'spec.type') === 'LoadBalancer'
        ? '<pending>'
        : str(o, 'spec.externalName') || '<none>',
      ports(o),
      ageOf(o, now),
      labels(at(o, 'spec.selector')),
    ],
  },
  'v1 Pod': {
    columns: [
      nameColumn,
      text('Ready'),
      text('Status'),
      text('Restarts'),
      age,
      text('IP', 1),
      text('Node', 1),
      text('Nominated Node', 1),
      text('Readiness Gates', 1),
    ],
    cells: (o, now) => {
      const statuses = list(o, 'status.containerStatuses').filter(isObject);
      const waiting = statuses
        .map((status) => at(status, 'state.waiting.reason'))
        .find((reason) => typeof reason === 'string');
      const terminated = statuses
        .map((status) => at(status, 'state.terminated.reason'))
        .find((reason) => typeof reason === 'string');
      const state = waiting ?? terminated ?? (str(o, 'status.reason') || str(o, 'status.phase'));
      return [
        name(o),
        `${statuses.filter((status) => status.ready === true).length}/${list(o, 'spec.containers').length}`,
        o.metadata.deletionTimestamp === undefined ? String(state) : 'Terminating',
        String(statuses.reduce((sum, status) => sum + Number(status.restartCount ?? 0), 0)),
        ageOf(o, now),
        str(o, 'status.podIP') || '<none>',
        str(o, 'spec.nodeName') || '<none>',
        '<none>',
        '<none>',
      ];
    },
  },
  'v1 Node': {
    columns: [nameColumn, text('Status'), text('Roles'), age, text('Version')],
    cells: (o, now) => [
      name(o),
      list(o, 'status.conditions').some(
        (c) => isObject(c) && c.type === 'Ready' && c.status === 'True',
      )
        ? 'Ready'
        : 'NotReady',
      '<none>',
      ageOf(o, now),
      str(o, 'status.nodeInfo.kubeletVersion'),
    ],
  },
  'v1 Event': {
    columns: [text('Last Seen'), text('Type'), text('Reason'), text('Object'), text('Message')],
    cells: (o, now) => [
      humanAge(
        str(o, 'lastTimestamp') || str(o, 'eventTime') || (o.metadata.creationTimestamp ?? ''),
        now,
      ),
      str(o, 'type'),
      str(o, 'reason'),
      `${str(o, 'involvedObject.kind').toLowerCase()}/${str(o, 'involvedObject.name')}`,
      str(o, 'message').trim(),
    ],
  },
  'v1 PersistentVolumeClaim': {
    columns: [
      nameColumn,
      text('Status'),
      text('Volume'),
      text('Capacity'),
      text('Access Modes'),
      text('StorageClass'),
      age,
    ],
    cells: (o, now) => [
      name(o),
      str(o, 'status.phase'),
      str(o, 'spec.volumeName'),
      str(o, 'status.capacity.storage'),
      list(o, 'spec.accessModes').join(','),
      str(o, 'spec.storageClassName'),
      ageOf(o, now),
    ],
  },
  'rbac.authorization.k8s.io/v1 RoleBinding': bindingTable,
  'rbac.authorization.k8s.io/v1 ClusterRoleBinding': bindingTable,
  'apps/v1 Deployment': {
    columns: [
      nameColumn,
      text('Ready'),
      text('Up-to-date'),
      text('Available'),
      age,
      text('Containers', 1),
      text('Images', 1),
      text('Selector', 1),
    ],
    cells: (o, now) => [
      name(o),
      `${num(o, 'status.readyReplicas')}/${num(o, 'spec.replicas')}`,
      num(o, 'status.updatedReplicas'),
      num(o, 'status.availableReplicas'),
      ageOf(o, now),
      ...images(o, 'spec.template.spec.containers'),
      labels(at(o, 'spec.selector.matchLabels')),
    ],
  },
  'apps/v1 ReplicaSet': {
    columns: [
      nameColumn,
      text('Desired'),
      text('Current'),
      text('Ready'),
      age,
      text('Containers', 1),
      text('Images', 1),
    ],
    cells: (o, now) => [
      name(o),
      num(o, 'spec.replicas'),
      num(o, 'status.replicas'),
      num(o, 'status.readyReplicas'),
      ageOf(o, now),
      ...images(o, 'spec.template.spec.containers'),
    ],
  },
  'apps/v1 StatefulSet': {
    columns: [nameColumn, text('Ready'), age, text('Containers', 1), text('Images', 1)],
    cells: (o, now) => [
      name(o),
      `${num(o, 'status.readyReplicas')}/${num(o, 'spec.replicas')}`,
      ageOf(o, now),
      ...images(o, 'spec.template.spec.containers'),
    ],
  },
  'apps/v1 DaemonSet': {
    columns: [
      nameColumn,
      integer('Desired'),
      integer('Current'),
      integer('Ready'),
      integer('Up-to-date'),
      integer('Available'),
      text('Node Selector'),
      age,
      ...wide,
    ],
    cells: (o, now) => [
      name(o),
      num(o, 'status.desiredNumberScheduled'),
      num(o, 'status.currentNumberScheduled'),
      num(o, 'status.numberReady'),
      num(o, 'status.updatedNumberScheduled'),
      num(o, 'status.numberAvailable'),
      labels(at(o, 'spec.template.spec.nodeSelector')),
      ageOf(o, now),
      ...images(o, 'spec.template.spec.containers'),
      labels(at(o, 'spec.selector.matchLabels')),
    ],
  },
  'batch/v1 Job': {
    columns: [nameColumn, text('Status'), text('Completions'), text('Duration'), age, ...wide],
    cells: (o, now) => {
      const done = list(o, 'status.conditions')
        .filter(isObject)
        .find((c) => c.status === 'True' && (c.type === 'Complete' || c.type === 'Failed'));
      const end = str(o, 'status.completionTime');
      return [
        name(o),
        done === undefined ? 'Running' : String(done.type),
        `${num(o, 'status.succeeded')}/${num(o, 'spec.completions') || 1}`,
        str(o, 'status.startTime') === ''
          ? ''
          : humanAge(str(o, 'status.startTime'), end === '' ? now : new Date(end)),
        ageOf(o, now),
        ...images(o, 'spec.template.spec.containers'),
        labels(at(o, 'spec.selector.matchLabels')),
      ];
    },
  },
  'batch/v1 CronJob': {
    columns: [
      nameColumn,
      text('Schedule'),
      text('Timezone'),
      { name: 'Suspend', type: 'boolean' },
      integer('Active'),
      text('Last Schedule'),
      age,
      ...wide,
    ],
    cells: (o, now) => [
      name(o),
      str(o, 'spec.schedule'),
      str(o, 'spec.timeZone') || '<none>',
      at(o, 'spec.suspend') === true ? 'True' : 'False',
      list(o, 'status.active').length,
      str(o, 'status.lastScheduleTime') === ''
        ? '<none>'
        : humanAge(str(o, 'status.lastScheduleTime'), now),
      ageOf(o, now),
      ...images(o, 'spec.jobTemplate.spec.template.spec.containers'),
      labels(at(o, 'spec.jobTemplate.spec.selector.matchLabels')),
    ],
  },
  'autoscaling/v2 HorizontalPodAutoscaler': {
    columns: [
      nameColumn,
      text('Reference'),
      text('Targets'),
      text('MinPods'),
      text('MaxPods'),
      text('Replicas'),
      age,
    ],
    cells: (o, now) => [
      name(o),
      `${str(o, 'spec.scaleTargetRef.kind')}/${str(o, 'spec.scaleTargetRef.name')}`,
      list(o, 'spec.metrics').length === 0 ? '<none>' : '<unknown>',
      num(o, 'spec.minReplicas'),
      num(o, 'spec.maxReplicas'),
      num(o, 'status.currentReplicas'),
      ageOf(o, now),
    ],
  },
  'networking.k8s.io/v1 Ingress': {
    columns: [nameColumn, text('Class'), text('Hosts'), text('Address'), text('Ports'), age],
    cells: (o, now) => [
      name(o),
      str(o, 'spec.ingressClassName') || '<none>',
      list(o, 'spec.rules')
        .filter(isObject)
        .map((rule) => String(rule.host ?? '*'))
        .join(',') || '*',
      '',
      list(o, 'spec.tls').length === 0 ? '80' : '80, 443',
      ageOf(o, now),
    ],
  },
};

const name = (object: KubeObject): string => object.metadata.name ?? '';

function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((found, key) => (isObject(found) ? found[key] : undefined), value);
}

function str(value: unknown, path: string): string {
  const found = at(value, path);
  return typeof found === 'string' || typeof found === 'number' ? String(found) : '';
}

function num(value: unknown, path: string): number {
  const found = at(value, path);
  return typeof found === 'number' ? found : 0;
}

function list(value: unknown, path: string): unknown[] {
  const found = at(value, path);
  return Array.isArray(found) ? (found as unknown[]) : [];
}

const count = (value: unknown): number => (isObject(value) ? Object.keys(value).length : 0);

function labels(value: unknown): string {
  if (!isObject(value) || Object.keys(value).length === 0) return '<none>';
  return Object.entries(value)
    .map(([key, each]) => `${key}=${String(each)}`)
    .join(',');
}

function images(object: KubeObject, path: string): [string, string] {
  const containers = list(object, path).filter(isObject);
  return [
    containers.map((each) => String(each.name)).join(','),
    containers.map((each) => String(each.image)).join(','),
  ];
}

function ports(object: KubeObject): string {
  const all = list(object, 'spec.ports').filter(isObject);
  if (all.length === 0) return '<none>';
  return all
    .map(
      (port) =>
        `${String(port.port)}${port.nodePort === undefined ? '' : `:${String(port.nodePort)}`}/${String(port.protocol ?? 'TCP')}`,
    )
    .join(',');
}

const ageOf = (object: KubeObject, now: Date): string =>
  humanAge(object.metadata.creationTimestamp ?? '', now);

/** `5s`, `3m20s`, `4h`, `2d`: as kubectl prints durations. */
export function humanAge(since: string, now: Date): string {
  const time = Date.parse(since);
  if (Number.isNaN(time)) return '<unknown>';
  const seconds = Math.max(0, Math.floor((now.getTime() - time) / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  return days < 8 && hours % 24 !== 0 ? `${days}d${hours % 24}h` : `${days}d`;
}
