/** Random patches of both sorts, in place and in files, with and without targets. */
import { stringify } from 'yaml';
import type { Random } from './random.ts';

type Fields = Record<string, unknown>;
type Write = (name: string, content: string) => void;

export function randomPatches(
  folder: string,
  objects: readonly Fields[],
  random: Random,
  write: Write,
): Fields[] {
  const patches: Fields[] = [];
  for (let count = 1 + random.int(3); count > 0; count--) {
    const object = random.pick(objects);
    const isJson = random.chance(0.4);
    const text = isJson ? jsonPatch(object, random) : mergePatch(object, random);
    const patch: Fields = {};
    if (random.chance(0.3)) {
      const name = `patch${random.int(1000)}.yaml`;
      write(`${folder}/${name}`, text);
      patch.path = name;
    } else patch.patch = text;
    if (isJson || random.chance(0.5)) patch.target = target(object, random);
    if (!isJson && random.chance(0.2)) {
      patch.options = random.chance(0.5) ? { allowNameChange: true } : { allowKindChange: true };
    }
    patches.push(patch);
  }
  return patches;
}

function target(object: Fields, random: Random): Fields {
  const { name } = object.metadata as { name: string };
  return random.pick<Fields>([
    { kind: object.kind },
    { kind: object.kind, name },
    { name: `${name.slice(0, 2)}.*` },
    { kind: 'Deployment|StatefulSet' },
    { labelSelector: 'app' },
    { labelSelector: 'app in (web, yes),!x' },
    { annotationSelector: 'example.com/x' },
    { version: 'v1', namespace: 'one|default' },
  ]);
}

function mergePatch(object: Fields, random: Random): string {
  const { apiVersion, kind, metadata } = object as {
    apiVersion: string;
    kind: string;
    metadata: Fields;
  };
  const renamed = random.chance(0.1);
  const patch: Fields = {
    apiVersion,
    kind: random.chance(0.05) ? 'DaemonSet' : kind,
    metadata: {
      name: renamed ? 'renamed' : metadata.name,
      ...(metadata.namespace === undefined || random.chance(0.1)
        ? {}
        : { namespace: metadata.namespace }),
      ...(random.chance(0.3) ? { labels: { app: random.pick<unknown>([null, 'patched']) } } : {}),
      ...(random.chance(0.3)
        ? {
            annotations: random.pick<unknown>([
              null,
              { note: 'p' },
              { $patch: 'delete' },
              { $patch: 'replace', n: 'x' },
            ]),
          }
        : {}),
    },
  };
  if (random.chance(0.05)) patch.$patch = random.pick(['delete', 'replace', 'merge']);
  if (kind === 'ConfigMap') patch.data = { a: random.text(), c: random.pick<unknown>(['x', null]) };
  else if (kind === 'Service') patch.spec = servicePatch(random);
  else if (kind === 'HelmRelease')
    patch.spec = { values: { list: [{ name: 'y' }], extra: random.scalar() } };
  else if (['Deployment', 'StatefulSet', 'DaemonSet'].includes(kind))
    patch.spec = workloadPatch(random);
  return random.document(patch);
}

function servicePatch(random: Random): Fields {
  return {
    ports: random.pick<unknown>([
      [{ port: 80, targetPort: 8080 }],
      [{ port: 80, protocol: 'TCP', nodePort: 3 }],
      [{ port: 53, protocol: 'UDP', $patch: 'delete' }],
      [{ port: 8443, name: 'tls' }, { $patch: 'replace' }],
    ]),
    type: random.pick<unknown>(['NodePort', null]),
  };
}

function workloadPatch(random: Random): Fields {
  const container: Fields = {
    name: random.pick(['main', 'side', 'new']),
    ...(random.chance(0.4) ? { image: 'patched:1' } : {}),
    ...(random.chance(0.3)
      ? {
          env: [
            { name: 'A', value: random.text() },
            { name: 'Z', value: '1' },
          ],
        }
      : {}),
    ...(random.chance(0.2) ? { env: [{ name: 'B', $patch: 'delete' }] } : {}),
    ...(random.chance(0.2) ? { args: ['--patched'] } : {}),
    ...(random.chance(0.2) ? { ports: [{ containerPort: 80, name: 'web' }] } : {}),
    ...(random.chance(0.1) ? { $patch: random.pick(['delete', 'replace']) } : {}),
  };
  return {
    ...(random.chance(0.3) ? { replicas: random.pick<unknown>([5, null, '3']) } : {}),
    template: {
      spec: {
        containers: random.chance(0.1) ? [container, { $patch: 'replace' }] : [container],
        ...(random.chance(0.2)
          ? {
              volumes: random.pick<unknown>([
                null,
                [{ name: 'config', emptyDir: {} }],
                [{ name: 'v2', emptyDir: {} }],
              ]),
            }
          : {}),
        ...(random.chance(0.2) ? { tolerations: [{ key: 'b' }] } : {}),
        ...(random.chance(0.1) ? { nodeSelector: { a: 'b' } } : {}),
      },
    },
  };
}

function jsonPatch(object: Fields, random: Random): string {
  const operations = [
    { op: 'add', path: '/metadata/labels', value: { json: 'yes' } },
    { op: 'add', path: '/metadata/annotations', value: { 'a/b': random.text() } },
    { op: 'replace', path: '/metadata/labels/app', value: random.labelValue() },
    { op: 'remove', path: '/metadata/labels/app' },
    { op: 'replace', path: '/spec/replicas', value: random.int(9) },
    { op: 'add', path: '/spec/template/spec/containers/-', value: { name: 'json', image: 'x' } },
    { op: 'add', path: '/spec/template/spec/containers/0/args', value: ['1', random.text()] },
    { op: 'replace', path: '/data/a', value: random.text() },
    { op: 'add', path: '/spec/values', value: { n: random.scalar(), list: [1, 2.5, null] } },
    { op: 'test', path: '/kind', value: object.kind },
    { op: 'copy', from: '/metadata/name', path: '/metadata/generateName' },
    { op: 'move', from: '/metadata/labels/app', path: '/metadata/labels/moved' },
    { op: 'replace', path: '/metadata/name', value: 'json-name' },
  ];
  const some = [random.pick(operations), ...(random.chance(0.4) ? [random.pick(operations)] : [])];
  return random.chance(0.5) ? JSON.stringify(some) : stringify(some);
}
