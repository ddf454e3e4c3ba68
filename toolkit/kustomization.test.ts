/** Kustomizations on the sandbox, from a real Git server. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namespace, push, refOf, smallChart, startStage } from './_harness.ts';
import type { Stage } from './_harness.ts';
import { Fields } from './runtime/mod.ts';

let stage: Stage;
let url: string;

const map = (name: string, data: string, more = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}${more}}\ndata: {${data}}\n`;

/** Made by the sops program; lib/sops/text.test.ts. */
const sops = JSON.parse(
  readFileSync(new URL('../lib/sops/testdata/files.json', import.meta.url), 'utf8'),
) as { identity: string; files: { name: string; encrypted: string }[] };
const pgp = JSON.parse(
  readFileSync(new URL('../lib/sops/testdata/pgp.json', import.meta.url), 'utf8'),
) as { key: string; encrypted: string };
const vaulted = JSON.parse(
  readFileSync(new URL('../lib/sops/testdata/services.json', import.meta.url), 'utf8'),
) as { address: string; encrypted: string };
/** A Vault whose transit engine is that of the file: it turns each bit of 0x5a. */
const vault = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    const text = /vault:v1:([^"]+)/.exec(body)?.[1] ?? '';
    const plaintext = Buffer.from(Buffer.from(text, 'base64').map((each) => each ^ 0x5a));
    const isOwner = request.headers['x-vault-token'] === 'root';
    const answer = { data: { plaintext: plaintext.toString('base64') } };
    response.writeHead(isOwner ? 200 : 403).end(JSON.stringify(answer));
  });
});
const encrypted = (name: string) =>
  sops.files.find((each) => each.name === name)?.encrypted ?? 'missing';

const files: Readonly<Record<string, string>> = {
  'plain/one.yaml': map('plain-one', 'a: "1"'),
  'plain/below/two.yml': map('plain-two', 'a: "${who:=nobody}"'),
  'plain/own/kustomization.yaml': 'namePrefix: own-\nresources: [three.yaml]\n',
  'plain/own/three.yaml': map('three', 'a: "3"'),
  'plain/README.md': 'no manifest',
  'empty/README.md': 'nothing here',
  'broken/bad.yaml': 'a: [1\n',
  'escape/kustomization.yaml': 'resources: [../../outside.yaml]\n',
  'unknown/kustomization.yaml': 'resources: [missing.yaml]\n',
  'refused/good.yaml': map('refused-good', 'a: "1"'),
  'refused/bad.yaml':
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: bad}\nspec: {replicas: 1}\n',
  'refused/secret.yaml':
    'apiVersion: v1\nkind: Secret\nmetadata: {name: refused-secret}\nstringData: {a: b}\n',
  'vars/map.yaml': map('vars', 'inline: "${inline}", cm: "${from_map}", secret: "${from_secret}"'),
  'vars/kept.yaml': map(
    'vars-kept',
    'a: "${inline}"',
    ', annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}',
  ),
  'vars-missing/map.yaml': map('vars-missing', 'a: "${missing}"'),
  'files/kustomization.yaml': `secretGenerator:
  - name: files
    files: [values.yaml=values.enc.yaml]
    envs: [app.enc.env]
  - name: tampered-later
    literals: [a=b]
`,
  'files/values.enc.yaml': encrypted('values.enc.yaml'),
  'files/app.enc.env': encrypted('app.enc.env'),
  'sealed/secret.yaml': encrypted('sec.enc.yaml'),
  'pgp/secret.yaml': pgp.encrypted,
  'by-kms/secret.yaml': vaulted.encrypted
    .replace(/^ {4}hc_vault:\n(?: {8}.*\n)+/m, '    hc_vault: []\n')
    .replace(
      '    kms: []\n',
      '    kms:\n        - arn: arn:aws:kms:eu-west-1:107501996527:key/k\n          enc: AAAA\n',
    ),
  'tampered/kustomization.yaml': 'secretGenerator: [{name: tampered, files: [values.yaml]}]\n',
  'tampered/values.yaml': encrypted('sec.enc.yaml').replace('name: s', 'name: other'),
  'web/web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "podinfo:1", ports: [{containerPort: 80}]}]}
`,
  'prune/kustomization.yaml': 'resources: [a.yaml, b.yaml, kept.yaml]\n',
  'prune/a.yaml': map('prune-a', 'a: "1"'),
  'prune/b.yaml': map('prune-b', 'a: "1"'),
  'prune/kept.yaml': map(
    'prune-kept',
    'a: "1"',
    ', annotations: {kustomize.toolkit.fluxcd.io/prune: disabled}',
  ),
};

beforeAll(async () => {
  stage = await startStage([
    '--feature-gates=ObjectLevelWorkloadIdentity=true',
    '--override-manager=legacy',
    '--custom-apply-stage-kinds=Secret',
  ]);
  url = await stage.sandbox.git.createRepository('fleet');
  await new Promise<void>((resolve) => vault.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(vault.address() as AddressInfo).port}`;
  const byVault = vaulted.encrypted.replace(vaulted.address, address);
  await push(stage.folder, url, {
    ...files,
    'vaulted/secret.yaml': byVault,
    'remote/kustomization.yaml': `resources: ["${url}//plain/own?ref=master"]\nnameSuffix: -far\n`,
  });
  await stage.apply({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { namespace, name: 'fleet' },
    spec: { interval: '1h', url },
  });
  await stage.says('GitRepository', 'fleet', 'Ready', 'Succeeded');
}, 60_000);
afterAll(async () => {
  await stage.close();
  await new Promise((resolve) => vault.close(resolve).closeAllConnections());
});

const apply = (name: string, spec: Record<string, unknown>, version = 'v1') =>
  stage.apply({
    apiVersion: `kustomize.toolkit.fluxcd.io/${version}`,
    kind: 'Kustomization',
    metadata: { namespace, name },
    spec: {
      interval: '1h',
      retryInterval: '1s',
      prune: true,
      targetNamespace: namespace,
      sourceRef: { kind: 'GitRepository', name: 'fleet' },
      path: `./${name}`,
      ...spec,
    },
  });

const ready = (name: string) =>
  stage.says('Kustomization', name, 'Ready', 'ReconciliationSucceeded');

const data = async (kind: string, name: string) =>
  new Fields(await stage.kube.get({ apiVersion: 'v1', kind, namespace, name })).textMap('data');

const inventory = (object: { [field: string]: unknown } | undefined) =>
  new Fields(object?.['status'])
    .at('inventory')
    .each('entries')
    .map((each) => each.text('id'));

describe('building', () => {
  test('a folder without kustomization.yaml; prefix, labels, images; status and Events', async () => {
    await apply(
      'plain',
      {
        namePrefix: 'x-',
        commonMetadata: { labels: { team: 'a' }, annotations: { note: 'b' } },
        patches: [
          {
            patch: '[{"op": "add", "path": "/data/b", "value": "2"}]',
            target: { name: 'plain-one' },
          },
        ],
        postBuild: { substitute: { unused: 'x' } },
      },
      'v1beta2',
    );
    expect(await ready('plain')).toMatch(/^True Applied revision: master@sha1:[0-9a-f]{40}$/);
    const object = await stage.kube.get(refOf('Kustomization', 'plain'));
    expect(inventory(object)).toEqual([
      'apps_x-own-three__ConfigMap',
      'apps_x-plain-one__ConfigMap',
      'apps_x-plain-two__ConfigMap',
    ]);
    const one = await stage.kube.get(refOf('ConfigMap', 'x-plain-one'));
    expect(one).toMatchObject({
      data: { a: '1', b: '2' },
      metadata: {
        labels: {
          team: 'a',
          'kustomize.toolkit.fluxcd.io/name': 'plain',
          'kustomize.toolkit.fluxcd.io/namespace': namespace,
        },
        annotations: { note: 'b' },
      },
    });
    expect(one?.metadata.managedFields?.[0]).toMatchObject({
      manager: 'kustomize-controller',
      operation: 'Apply',
    });
    expect(await data('ConfigMap', 'x-plain-two')).toEqual({ a: 'nobody' });
    const events = await stage.events('plain');
    expect(events).toContain(
      'Normal Progressing ConfigMap/apps/x-own-three created\nConfigMap/apps/x-plain-one created\nConfigMap/apps/x-plain-two created',
    );
    expect(events.join('\n')).toMatch(
      /Normal ReconciliationSucceeded Reconciliation finished in \S+, next run in 1h0m0s/,
    );
    const conditions = new Fields(object?.['status']).each('conditions');
    expect(conditions.map((each) => each.text('type'))).toEqual(['Ready']);
  });

  test('a folder without manifests', async () => {
    await apply('empty', {});
    expect(await ready('empty')).toMatch(/^True/);
    expect(inventory(await stage.kube.get(refOf('Kustomization', 'empty')))).toEqual([]);
  });

  test.each([
    ['nowhere', /^False kustomization path not found: stat \/source\/nowhere: no such file/],
    ['broken', /^False failed to decode Kubernetes YAML from \/source\/broken\/bad.yaml: /],
    ['escape', /^False kustomize build failed: .*'\/outside.yaml' is not in or below '\/source'/s],
    ['unknown', /^False kustomize build failed: accumulating resources: .*missing.yaml/],
  ])('%s is refused', async (name, message) => {
    await apply(name, {});
    const reason = name === 'nowhere' ? 'ArtifactFailed' : 'BuildFailed';
    expect(await stage.says('Kustomization', name, 'Ready', reason)).toMatch(message);
    expect((await stage.events(name)).join('\n')).toMatch(new RegExp(`Warning ${reason} `));
  });

  test('a folder of a repository that is named by its address', async () => {
    await apply('remote', {});
    expect(await ready('remote')).toMatch(/^True/);
    expect(await data('ConfigMap', 'own-three-far')).toEqual({ a: '3' });
  });

  test('a path out of the source stops at its root', async () => {
    await apply('above', { path: '../../plain/own' });
    expect(await ready('above')).toMatch(/^True/);
  });
});

describe('substitution', () => {
  test('values of the spec go before those of Secrets and ConfigMaps, the later before the earlier', async () => {
    const metadata = (name: string) => ({ namespace, name });
    await stage.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadata('vars-from'),
      data: { from_map: 'm', from_secret: 'm', inline: 'm' },
    });
    await stage.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata('vars-from'),
      data: { from_secret: Buffer.from('s\n').toString('base64') },
    });
    await apply('vars', {
      postBuild: {
        substitute: { inline: 'i' },
        substituteFrom: [
          { kind: 'ConfigMap', name: 'vars-from' },
          { kind: 'Secret', name: 'vars-from' },
          { kind: 'Secret', name: 'none', optional: true },
        ],
      },
    });
    await ready('vars');
    expect(await data('ConfigMap', 'vars')).toEqual({ inline: 'i', cm: 'm', secret: 's' });
    expect(await data('ConfigMap', 'vars-kept')).toEqual({ a: '${inline}' });

    await stage.kube.patch(refOf('ConfigMap', 'vars-from'), 'merge', { data: { from_map: 'new' } });
    await stage.until('ConfigMap', 'vars', (_, { data: now }) =>
      JSON.stringify(now).includes('new'),
    );
  });

  test('a variable that is not set, and a ConfigMap that is not there', async () => {
    await apply('vars-missing', { postBuild: { substitute: { other: 'x' } } });
    expect(await stage.says('Kustomization', 'vars-missing', 'Ready', 'BuildFailed')).toBe(
      `False post build failed for 'ConfigMap.v1.[noGrp]/vars-missing': envsubst error: variable substitution failed: variable not set (strict mode): "missing"`,
    );
    await apply('vars-missing', {
      postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'none' }] },
    });
    await stage.until('Kustomization', 'vars-missing', (status) =>
      JSON.stringify(status.value).includes(
        `substitute from 'ConfigMap/none' error: configmaps \\"none\\" not found`,
      ),
    );
  });
});

describe('decryption', () => {
  const decryption = { provider: 'sops', secretRef: { name: 'keys' } };
  beforeAll(async () => {
    await stage.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: 'keys' },
      data: { 'a.agekey': Buffer.from(sops.identity).toString('base64') },
    });
  });

  test('files of generators, by the names that they get, and the hash of the clear text', async () => {
    await apply('files', { decryption });
    await ready('files');
    const entries = inventory(await stage.kube.get(refOf('Kustomization', 'files')));
    const name = entries[0]?.split('_')[1] ?? '';
    expect(name).toMatch(/^files-[a-z0-9]{10}$/);
    const clear = await data('Secret', name);
    expect(Buffer.from(clear['values.yaml'] ?? '', 'base64').toString()).toContain(
      'replicaCount: 2',
    );
    expect(Buffer.from(clear['B'] ?? '', 'base64').toString()).toBe('two words');
  });

  test('a Secret some of whose fields are encrypted; without decryption it is not applied', async () => {
    await apply('sealed', {});
    expect(await stage.says('Kustomization', 'sealed', 'Ready', 'ReconciliationFailed')).toBe(
      'False Secret/apps/s is SOPS encrypted, configuring decryption is required for this secret to be reconciled',
    );
    await apply('sealed', { decryption });
    await ready('sealed');
    const clear = await data('Secret', 's');
    expect(Buffer.from(clear['password'] ?? '', 'base64').toString()).toBe('hunter2');
  });

  test('a PGP key out of the Secret', async () => {
    await stage.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: 'pgp-keys' },
      data: { 'test.asc': Buffer.from(pgp.key).toString('base64') },
    });
    await apply('pgp', { decryption: { provider: 'sops', secretRef: { name: 'pgp-keys' } } });
    await ready('pgp');
    const clear = await data('Secret', 'by-pgp');
    expect(Buffer.from(clear['password'] ?? '', 'base64').toString()).toBe('hunter3');
  });

  test('a token for Vault out of the Secret; without one it says which key is missing', async () => {
    const token = { 'sops.vault-token': Buffer.from('root\n').toString('base64') };
    for (const [name, data] of [
      ['vault-token', token],
      ['nothing', {}],
    ] as const)
      await stage.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, data });
    const by = (name: string) => ({
      path: 'vaulted',
      decryption: { provider: 'sops', secretRef: { name } },
    });
    await apply('unvaulted', by('nothing'));
    expect(await stage.says('Kustomization', 'unvaulted', 'Ready', 'BuildFailed')).toMatch(
      /no key opens the document; hc_vault http:\S+\/v1\/transit\/keys\/mykey: there is no token for Vault/,
    );
    await apply('vaulted', by('vault-token'));
    await ready('vaulted');
    const clear = await data('Secret', 'vaulted');
    expect(Buffer.from(clear['password'] ?? '', 'base64').toString()).toBe('hunter4');
  });

  test('an account is asked about for keys of a cloud', async () => {
    await stage.apply({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { namespace, name: 'decryptor' },
    });
    await apply('by-kms', { decryption: { provider: 'sops', serviceAccountName: 'decryptor' } });
    expect(await stage.says('Kustomization', 'by-kms', 'Ready', 'BuildFailed')).toContain(
      "failed to get provider identity from service account 'apps/decryptor' annotations: invalid eks.amazonaws.com/role-arn annotation: ''",
    );
  });

  test('a file that was changed since it was encrypted', async () => {
    await apply('tampered', { decryption });
    expect(await stage.says('Kustomization', 'tampered', 'Ready', 'BuildFailed')).toBe(
      'False error decrypting sources: tampered/values.yaml: the MAC does not fit: the document was changed without sops',
    );
  });

  test('no key, and no Secret', async () => {
    await stage.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: 'no-keys' },
    });
    await apply('no-key', {
      path: 'sealed',
      decryption: { provider: 'sops', secretRef: { name: 'no-keys' } },
    });
    const message = await stage.says('Kustomization', 'no-key', 'Ready', 'BuildFailed');
    expect(message).toMatch(
      /^False decryption failed for 'Secret.v1.\[noGrp\]\/s': .*no key opens/,
    );
    await apply('no-secret', {
      path: 'sealed',
      decryption: { provider: 'sops', secretRef: { name: 'none' } },
    });
    expect(await stage.says('Kustomization', 'no-secret', 'Ready', 'BuildFailed')).toBe(
      'False secrets "none" not found',
    );
  });
});

describe('applying', () => {
  test('one object that is refused keeps back all of its stage, not a stage before it', async () => {
    await apply('refused', {});
    const message = await stage.says('Kustomization', 'refused', 'Ready', 'ReconciliationFailed');
    expect(message).toMatch(/^False Deployment\/apps\/bad dry-run failed \(Invalid\): /);
    expect(await stage.kube.get(refOf('ConfigMap', 'refused-good'))).toBeUndefined();
    expect(await stage.kube.get(refOf('Secret', 'refused-secret'))).toBeDefined();
  });

  test('what leaves the files is deleted, unless it says not to; and all of it with the Kustomization', async () => {
    await apply('prune', { targetNamespace: undefined, path: 'prune', namePrefix: undefined });
    expect(await stage.says('Kustomization', 'prune', 'Ready', 'ReconciliationFailed')).toBe(
      'False ConfigMap/prune-a namespace not specified: the server could not find the requested resource\nConfigMap/prune-b namespace not specified: the server could not find the requested resource\nConfigMap/prune-kept namespace not specified: the server could not find the requested resource\n',
    );
    await apply('prune', {});
    await ready('prune');
    await push(stage.folder, url, { 'prune/kustomization.yaml': 'resources: [a.yaml]\n' });
    await stage.kube.patch(refOf('GitRepository', 'fleet'), 'merge', {
      metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': 'prune' } },
    });
    await stage.until('Kustomization', 'prune', (status) => {
      const entries = status.at('inventory').each('entries');
      return entries.length === 1;
    });
    await ready('prune');
    expect(await stage.kube.get(refOf('ConfigMap', 'prune-b'))).toBeUndefined();
    expect(await stage.kube.get(refOf('ConfigMap', 'prune-kept'))).toBeDefined();
    expect(await stage.events('prune')).toContain(
      'Normal Progressing ConfigMap/apps/prune-kept skipped\nConfigMap/apps/prune-b deleted',
    );
    await stage.kube.delete(refOf('Kustomization', 'prune'));
    await expect
      .poll(() => stage.kube.get(refOf('ConfigMap', 'prune-a')), { timeout: 10_000 })
      .toBeUndefined();
    await expect
      .poll(() => stage.kube.get(refOf('Kustomization', 'prune')), { timeout: 10_000 })
      .toBeUndefined();
  });

  test('marks of kubectl and Flux v1 are taken away, fields of kubectl taken over', async () => {
    await stage.kube.apply(
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          namespace,
          name: 'o-three',
          labels: { 'fluxcd.io/sync-gc-mark': 'x' },
          annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
        },
        data: { a: 'old', gone: 'old' },
      },
      { fieldManager: 'kubectl', force: true },
    );
    await apply('over', { path: 'plain/own', namePrefix: 'o-' });
    await ready('over');
    const object = await stage.kube.get(refOf('ConfigMap', 'o-three'));
    expect(object?.['data']).toEqual({ a: '3' });
    expect(Object.keys(object?.metadata.labels ?? {})).not.toContain('fluxcd.io/sync-gc-mark');
    expect(object?.metadata.annotations ?? {}).toEqual({});
  });

  test('fields of a manager that is overridden are taken over, those of others stay', async () => {
    for (const [fieldManager, field] of [
      ['legacy-tool', 'gone'],
      ['neighbour', 'kept'],
    ] as const) {
      const metadata = { namespace, name: 'm-three' };
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [field]: 'x' } };
      await stage.kube.apply(object, { fieldManager, force: true });
    }
    await apply('managed', { path: 'plain/own', namePrefix: 'm-' });
    await ready('managed');
    const object = await stage.kube.get(refOf('ConfigMap', 'm-three'));
    expect(object?.['data']).toEqual({ a: '3', kept: 'x' });
  });
});

describe('health', () => {
  test('a Deployment is waited for', async () => {
    await apply('web', { wait: true });
    await ready('web');
    expect(await stage.says('Kustomization', 'web', 'Healthy', 'Succeeded')).toMatch(
      /^True Health check passed in /,
    );
  });

  test('what has no hope', async () => {
    const of = { path: 'plain/own', namePrefix: 'h-' };
    await apply('hopeless', {
      ...of,
      healthCheckExprs: [{ apiVersion: 'v1', kind: 'ConfigMap', current: '(' }],
    });
    await stage.says('Kustomization', 'hopeless', 'Stalled', 'InvalidCELExpression');
    const healthChecks = [
      {
        apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
        kind: 'Kustomization',
        name: 'hopeless',
        namespace,
      },
    ];
    await apply('hoping', { ...of, healthChecks });
    const message = await stage.says('Kustomization', 'hoping', 'Ready', 'HealthCheckFailed');
    expect(message).toMatch(
      /^False health check failed after \S+: failed early due to stalled resources: \[Kustomization\/apps\/hopeless status: 'Failed'\]$/,
    );
    expect(await stage.says('Kustomization', 'hoping', 'Healthy', 'HealthCheckFailed')).toMatch(
      /^False failed early/,
    );
  });

  test('a wait is given up for a newer spec', async () => {
    const healthChecks = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'never', namespace }];
    await apply('given-up', { path: 'plain/own', namePrefix: 'g-', healthChecks, timeout: '10m' });
    await stage.says('Kustomization', 'given-up', 'Healthy', 'Progressing');
    await apply('given-up', { path: 'plain/own', namePrefix: 'g-' });
    await ready('given-up');
    expect((await stage.events('given-up')).join('\n')).toContain(
      'Normal HealthCheckCanceled Health checks canceled due to new reconciliation triggered by Kustomization/apps/given-up',
    );
  });

  test('expressions for custom resources; one that is none stops all', async () => {
    const healthChecks = [
      {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'GitRepository',
        name: 'fleet',
        namespace,
      },
    ];
    const expressed = (current: string) => ({
      path: 'plain/own',
      namePrefix: 'e-',
      healthChecks,
      healthCheckExprs: [
        { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', current },
      ],
    });
    await apply('expressed', expressed("status.artifact.revision.startsWith('master@')"));
    await ready('expressed');
    await apply('expressed', expressed('status.('));
    expect(
      await stage.says('Kustomization', 'expressed', 'Stalled', 'InvalidCELExpression'),
    ).toMatch(
      /^True Reconciliation failed terminally due to configuration error: failed to create custom status evaluator/,
    );
  });
});

describe('depending on others', () => {
  test('in order; by an expression; never in a circle', async () => {
    const own = (more: Record<string, unknown>, prefix: string) => ({
      path: 'plain/own',
      namePrefix: prefix,
      ...more,
    });
    await apply('second', own({ dependsOn: [{ name: 'first' }] }, 's-'));
    expect(await stage.says('Kustomization', 'second', 'Ready', 'DependencyNotReady')).toBe(
      `False dependency 'apps/first' not found: kustomizations.kustomize.toolkit.fluxcd.io "first" not found`,
    );
    await apply(
      'by-expression',
      own(
        {
          dependsOn: [
            { name: 'first', readyExpr: "dep.metadata.name == 'first' && self.spec.prune" },
          ],
        },
        'b-',
      ),
    );
    await apply('first', own({}, 'f-'));
    await ready('second');
    await ready('by-expression');

    await apply('ring-a', own({ dependsOn: [{ name: 'ring-b' }] }, 'ra-'));
    await apply('ring-b', own({ dependsOn: [{ name: 'ring-a' }] }, 'rb-'));
    await stage.until('Kustomization', 'ring-a', (status) =>
      JSON.stringify(status.value).includes(
        'circular dependency: apps/ring-a -> apps/ring-b -> apps/ring-a',
      ),
    );
    await apply('ring-b', own({}, 'rb-'));
    await ready('ring-a');
  });

  test('a source that is not there', async () => {
    await apply('sourceless', { sourceRef: { kind: 'Bucket', name: 'none' } });
    expect(await stage.says('Kustomization', 'sourceless', 'Ready', 'ArtifactFailed')).toBe(
      'False buckets.source.toolkit.fluxcd.io "none" not found',
    );
    await apply('gated', { sourceRef: { kind: 'ExternalArtifact', name: 'none' } });
    expect(await stage.says('Kustomization', 'gated', 'Stalled', 'AccessDenied')).toBe(
      "True can't access 'ExternalArtifact/apps/none', ExternalArtifact feature gate is disabled",
    );
  });
});

test('the guide: new values get a new name, and the release that refers to them is upgraded', async () => {
  const release = `apiVersion: helm.toolkit.fluxcd.io/v2beta1
kind: HelmRelease
metadata: {name: podinfo}
spec:
  interval: 5m
  releaseName: podinfo
  chart: {spec: {chart: ./charts/small, sourceRef: {kind: GitRepository, name: guide}}}
  valuesFrom: [{kind: ConfigMap, name: podinfo-values}]
`;
  const guide = await stage.sandbox.git.createRepository('guide');
  const chart = Object.fromEntries(
    Object.entries(smallChart('1.0.0')).map(([name, text]) => [`charts/small/${name}`, text]),
  );
  await push(stage.folder, guide, {
    ...chart,
    'apps/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: ${namespace}
resources: [release.yaml]
configMapGenerator:
  - name: podinfo-values
    files: [values.yaml=my-values.yaml]
configurations: [kustomizeconfig.yaml]
`,
    'apps/kustomizeconfig.yaml': `nameReference:
- kind: ConfigMap
  version: v1
  fieldSpecs:
  - path: spec/valuesFrom/name
    kind: HelmRelease
`,
    'apps/release.yaml': release,
    'apps/my-values.yaml': 'text: first\n',
  });
  await stage.apply({
    apiVersion: 'source.toolkit.fluxcd.io/v1beta2',
    kind: 'GitRepository',
    metadata: { namespace, name: 'guide' },
    spec: { interval: '1h', url: guide },
  });
  await apply('guide', {
    sourceRef: { kind: 'GitRepository', name: 'guide' },
    path: './apps',
  });
  await ready('guide');
  await stage.says('HelmRelease', 'podinfo', 'Ready', 'InstallSucceeded');
  expect(await data('ConfigMap', 'podinfo-map')).toMatchObject({ text: 'first' });
  const nameOf = async () => {
    const object = await stage.kube.get(refOf('HelmRelease', 'podinfo'));
    return new Fields(object?.['spec']).each('valuesFrom')[0]?.text('name') ?? '';
  };
  const before = await nameOf();
  expect(before).toMatch(/^podinfo-values-[a-z0-9]{10}$/);

  await push(stage.folder, guide, { 'apps/my-values.yaml': 'text: second\n' });
  await stage.kube.patch(refOf('GitRepository', 'guide'), 'merge', {
    metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': 'second' } },
  });
  await stage.until('ConfigMap', 'podinfo-map', (_, { data: now }) =>
    JSON.stringify(now).includes('second'),
  );
  await stage.says('HelmRelease', 'podinfo', 'Ready', 'UpgradeSucceeded');
  expect(await nameOf()).not.toBe(before);
  await expect.poll(() => stage.kube.get(refOf('ConfigMap', before))).toBeUndefined();
}, 60_000);
