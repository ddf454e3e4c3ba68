/** `.flux.yaml`, with a real shell. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { applyPatchTo, loadManifests, readDocuments } from '../../lib/manifest/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { parseImageRef } from '../../lib/policy/mod.ts';
import { workloadOf } from '../automation/automate.ts';
import type { WorkloadEdit } from '../update/edit.ts';
import { runCommand } from './command.ts';
import { parseConfigFile } from './config-file.ts';
import { editGenerated, patchText, verifyGenerated } from './edit.ts';
import { generate, generatedPath } from './generate.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'generate'));
  await mkdir(path.join(root, 'staging'));
});

afterEach(() => rm(root, { recursive: true, force: true }));

const write = (file: string, text: string) => writeFile(path.join(root, file), text);
const read = async (file: string) => {
  try {
    return await readFile(path.join(root, file), 'utf8');
  } catch {
    return undefined;
  }
};
const options = { env: process.env, timeoutMs: 20_000 };

const base = `apiVersion: apps/v1
kind: Deployment
metadata: {name: app, namespace: demo}
spec:
  template:
    spec:
      containers:
      - {name: app, image: o/app:1, env: [{name: A, value: "1"}]}
      - {name: side, image: o/side:1}
---
apiVersion: helm.fluxcd.io/v1
kind: HelmRelease
metadata: {name: hr, namespace: demo}
spec: {values: {image: {repository: o/app, tag: v1}}}
`;

describe('parseConfigFile', () => {
  test.each([
    ['version: 1\nscanForFiles: {}', { kind: 'scanForFiles' }],
    ['version: 1\nscanForFiles:', { kind: 'scanForFiles' }],
    [
      'version: 1\npatchUpdated: {generators: [{command: x, timeout: 2m}], patchFile: p.yaml}',
      {
        kind: 'patchUpdated',
        generators: [{ command: 'x', timeoutMs: 120_000 }],
        patchFile: 'p.yaml',
      },
    ],
    [
      'version: 1\ncommandUpdated: {generators: [{command: x, timeout: 1ms}], updaters: [{policy: {command: z}}]}',
      {
        kind: 'commandUpdated',
        generators: [{ command: 'x', timeoutMs: undefined }],
        updaters: [{ policy: { command: 'z' } }],
      },
    ],
  ])('%s', (text, want) => {
    expect(parseConfigFile(text, '.flux.yaml')).toMatchObject(want);
  });

  test.each([
    ['version: 2\nscanForFiles: {}', 'version is 2, not 1'],
    ['version: 1', 'exactly one of'],
    ['version: 1\nscanForFiles: {}\npatchUpdated: {}', 'exactly one of'],
    ['version: 1\npatchUpdated: {generators: []}', 'no patchFile'],
    ['version: 1\ncommandUpdated: {generators: [], patchFile: x}', 'no field patchFile'],
    ['version: 1\ncommandUpdated: {generators: [{cmd: x}]}', 'generators[0] has no command'],
    ['a: [', 'config file is not valid'],
  ])('refuses %j', (text, message) => {
    expect(() => parseConfigFile(text, 'x/.flux.yaml')).toThrow(message);
  });
});

test('the configuration of a path is the nearest one upwards', async () => {
  await write('.flux.yaml', 'version: 1\ncommandUpdated: {generators: [{command: cat x}]}');
  expect(await generatedPath('staging', read)).toMatchObject({
    label: '../.flux.yaml (in staging)',
    target: 'staging',
  });
  await write('staging/.flux.yaml', 'version: 1\nscanForFiles: {}');
  expect(await generatedPath('staging', read)).toBeUndefined();
  expect(await generatedPath('', read)).toMatchObject({ label: '.flux.yaml (in .)', target: '.' });
});

describe('commands', () => {
  const run = (command: string, timeoutMs?: number) =>
    runCommand({ command, timeoutMs }, 'generator', {
      folder: root,
      env: { PATH: process.env.PATH ?? '' },
      source: '.flux.yaml',
      timeoutMs: 20_000,
    });

  test('a failure names the command, its file and what it said', async () => {
    await expect(run('echo no >&2; exit 3')).rejects.toThrow(
      /error executing generator command ".*" from file "\.flux\.yaml": exit status 3\nerror output:\nno/,
    );
  });

  test('the limit ends all that the command has started', async () => {
    const begun = Date.now();
    await expect(run('sleep 30 | cat', 300)).rejects.toThrow('timed out after 300 ms');
    expect(Date.now() - begun).toBeLessThan(10_000);
  });
});

const at = (config: string) => ({
  label: '.flux.yaml (in .)',
  target: '.',
  config: parseConfigFile(config, '.flux.yaml') as Parameters<typeof generate>[1]['config'],
});
const patchUpdated = at(
  'version: 1\npatchUpdated: {generators: [{command: cat base.yaml}], patchFile: flux-patch.yaml}',
);

describe('generate', () => {
  test('nothing at all is a failure', async () => {
    const nothing = at('version: 1\ncommandUpdated: {generators: [{command: "true"}]}');
    await expect(generate(root, nothing, options)).rejects.toThrow('made no manifest at all');
  });

  test('a patch of something that is not generated is a failure', async () => {
    await write('base.yaml', base);
    await write('flux-patch.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: gone}\n');
    await expect(generate(root, patchUpdated, options)).rejects.toThrow(
      'patch refers to missing resource (configmap/gone)',
    );
  });
});

describe('edits', () => {
  const workload = (objects: readonly KubeObject[], kind: string) => {
    const object = objects.find((one) => one.kind === kind);
    if (object === undefined) throw new Error(`no ${kind}`);
    const id = `demo:${kind.toLowerCase()}/${object.metadata.name}`;
    return workloadOf({ id, object, written: object, source: patchUpdated.label });
  };
  const image = (objects: readonly KubeObject[], kind: string, container: string, to: string) =>
    ({
      type: 'image',
      workload: workload(objects, kind),
      container,
      current: parseImageRef('o/app:1'),
      target: parseImageRef(to),
    }) satisfies WorkloadEdit;

  test('go to the patch file, one document an object, and are generated from then on', async () => {
    await write('base.yaml', base);
    const { patched: before } = await generate(root, patchUpdated, options);
    const edits: WorkloadEdit[] = [
      image(before, 'Deployment', 'app', 'o/app:2'),
      image(before, 'HelmRelease', 'chart-image', 'o/app:v2'),
      {
        type: 'policy',
        workload: workload(before, 'Deployment'),
        add: { automated: 'true' },
        remove: [],
      },
    ];
    await editGenerated(root, patchUpdated, edits, options);
    const patch = await read('flux-patch.yaml');
    expect(readDocuments(patch ?? '')).toMatchObject([
      {
        kind: 'Deployment',
        metadata: {
          name: 'app',
          namespace: 'demo',
          annotations: { 'fluxcd.io/automated': 'true' },
        },
        spec: { template: { spec: { containers: [{ name: 'app', image: 'o/app:2' }] } } },
      },
      { kind: 'HelmRelease', spec: { values: { image: { tag: 'v2' } } } },
    ]);
    const { patched: after } = await generate(root, patchUpdated, options);
    expect(verifyGenerated(before, after, edits)).toBeUndefined();
    expect(verifyGenerated(before, before, edits)).toContain('should be "o/app:2"');
  });

  test('run the updaters, which learn what is wanted by variables', async () => {
    const config = at(
      'version: 1\ncommandUpdated: {generators: [{command: cat base.yaml}], updaters: [{containerImage: {command: \'echo "$FLUX_WORKLOAD $FLUX_WL_NS $FLUX_WL_KIND $FLUX_WL_NAME $FLUX_CONTAINER $FLUX_IMG $FLUX_TAG $HOME" > out\'}, policy: {command: \'echo "$FLUX_POLICY ${FLUX_POLICY_VALUE-none}" >> pol\'}}]}',
    );
    const { objects } = loadManifests(base, 'b');
    const plain = objects.map(({ object }) => object);
    await editGenerated(root, config, [image(plain, 'Deployment', 'app', 'o/app:2')], options);
    expect(await read('out')).toBe('demo:deployment/app demo deployment app app o/app 2 \n');
    const policy: WorkloadEdit = {
      type: 'policy',
      workload: workload(plain, 'Deployment'),
      add: { automated: 'true' },
      remove: ['locked'],
    };
    await editGenerated(root, config, [policy], options);
    expect(await read('pol')).toBe('automated true\nlocked none\n');
  });
});

test('a patch turns the one into the other, for objects of every shape', () => {
  const pod = (spec: object): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a' },
    spec: { template: { spec } },
  });
  const app = { name: 'app', image: 'x:1', ports: [{ containerPort: 80 }] };
  const pairs: [KubeObject, KubeObject][] = [
    [pod({ containers: [app] }), pod({ containers: [{ ...app, image: 'x:2' }] })],
    [
      pod({ containers: [app, { name: 'b' }] }),
      pod({ containers: [{ name: 'b' }, { ...app, ports: [] }] }),
    ],
    [pod({ containers: [app, { name: 'b' }] }), pod({ containers: [app] })],
    [pod({ hostNetwork: true, volumes: [] }), pod({ volumes: [{ name: 'v', emptyDir: {} }] })],
  ];
  for (const [before, after] of pairs) {
    const [patch] = readDocuments(patchText([before], [after]));
    expect(applyPatchTo(before, patch as Record<string, unknown>)).toEqual(after);
  }
});
