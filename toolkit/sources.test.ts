/** Sources on the sandbox, from real Git and HTTP servers. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namespace, push, refOf, smallChart, startChartServer, startStage } from './_harness.ts';
import type { ChartServer, Stage } from './_harness.ts';
import { Fields } from './runtime/mod.ts';
import type { KubeObject } from '../lib/objects/mod.ts';

let stage: Stage;
let charts: ChartServer;
beforeAll(async () => {
  stage = await startStage();
  charts = await startChartServer();
  await charts.publish(smallChart('1.0.0'));
  await charts.publish(smallChart('1.1.0', { 'values-production.yaml': 'text: production\n' }));
  await charts.publish(smallChart('2.0.0-rc.1'));
}, 60_000);
afterAll(async () => {
  await stage.close();
  await charts.close();
});

const source = (kind: string, name: string, spec: Record<string, unknown>, version = 'v1') => ({
  apiVersion: `source.toolkit.fluxcd.io/${version}`,
  kind,
  metadata: { namespace, name },
  spec: { interval: '1m', ...spec },
});
const revisionOf = (object: KubeObject) =>
  new Fields(object['status']).at('artifact').text('revision');

describe('GitRepository', () => {
  /** Made once, for all that look at it. */
  let tagged: Promise<string> | undefined;
  const tagRepository = async () => {
    const url = await stage.sandbox.git.createRepository('tagged');
    for (const tag of ['v1.0.0', 'v1.2.0', 'v2.0.0']) await push(stage.folder, url, {}, { tag });
    await push(stage.folder, url, {}, { branch: 'side' });
    return url;
  };

  test("the guide's repository: a branch with ignore rules, a new commit when asked for", async () => {
    const url = await stage.sandbox.git.createRepository('podinfo');
    const first = await push(stage.folder, url, {
      'charts/podinfo/Chart.yaml': 'apiVersion: v2\nname: podinfo\nversion: 1.0.0\n',
      'README.md': 'text',
    });
    await stage.apply(
      source(
        'GitRepository',
        'podinfo',
        { url, ref: { branch: 'master' }, ignore: '/*\n!/charts/' },
        'v1beta2',
      ),
    );
    const message = await stage.says('GitRepository', 'podinfo', 'Ready', 'Succeeded');
    expect(message).toBe(`True stored artifact for revision 'master@sha1:${first}'`);
    const repository = await stage.kube.get(refOf('GitRepository', 'podinfo'));
    const artifact = new Fields(repository?.['status']).at('artifact');
    expect(artifact.text('path')).toBe(`gitrepository/${namespace}/podinfo/${first}.tar.gz`);
    expect((await fetch(artifact.text('url') ?? '')).status).toBe(200);
    expect(repository?.metadata.finalizers).toEqual(['finalizers.fluxcd.io']);
    expect(await stage.events('podinfo')).toContain(
      "Normal NewArtifact stored artifact for commit 'change'",
    );

    const second = await push(stage.folder, url, { 'charts/podinfo/values.yaml': 'a: 1\n' });
    await stage.kube.patch(refOf('GitRepository', 'podinfo'), 'merge', {
      metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': 'now' } },
    });
    const updated = await stage.until(
      'GitRepository',
      'podinfo',
      (status) => status.at('artifact').text('revision') === `master@sha1:${second}`,
    );
    expect(new Fields(updated['status']).text('lastHandledReconcileAt')).toBe('now');
  });

  test.each([
    { why: 'a tag', ref: { tag: 'v1.0.0' }, want: /^v1\.0\.0@sha1:/ },
    { why: 'the newest of a range', ref: { semver: '>=1.0.0 <2.0.0' }, want: /^v1\.2\.0@sha1:/ },
    { why: 'a whole ref', ref: { name: 'refs/heads/side' }, want: /^refs\/heads\/side@sha1:/ },
  ])('$why', async ({ ref, want }) => {
    tagged ??= tagRepository();
    const url = await tagged;
    const name = `ref-${Object.keys(ref).join('')}`;
    await stage.apply(source('GitRepository', name, { url, ref }));
    await stage.says('GitRepository', name, 'Ready', 'Succeeded');
    expect(revisionOf((await stage.kube.get(refOf('GitRepository', name))) ?? stub)).toMatch(want);
  });

  test('another repository is included, and its changes are followed', async () => {
    const inner = await stage.sandbox.git.createRepository('inner');
    const outer = await stage.sandbox.git.createRepository('outer');
    await push(stage.folder, inner, { 'a.txt': 'one' });
    await push(stage.folder, outer, { 'b.txt': 'two' });
    const include = [{ repository: { name: 'inner' }, toPath: 'vendor' }];
    await stage.apply(source('GitRepository', 'outer', { url: outer, include }));
    const waiting = await stage.says('GitRepository', 'outer', 'IncludeUnavailable', 'NotFound');
    expect(waiting).toContain("could not get resource for include 'inner'");
    await stage.apply(source('GitRepository', 'inner', { url: inner }));
    await stage.says('GitRepository', 'outer', 'Ready', 'Succeeded');
    const before = await stage.kube.get(refOf('GitRepository', 'outer'));
    await push(stage.folder, inner, { 'a.txt': 'changed' });
    await stage.kube.patch(refOf('GitRepository', 'inner'), 'merge', {
      metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': '1' } },
    });
    const digest = (object: KubeObject | undefined) =>
      new Fields(object?.['status']).at('artifact').text('digest');
    await stage.until(
      'GitRepository',
      'outer',
      (status) => status.at('artifact').text('digest') !== digest(before),
    );
  });

  test.each([
    {
      why: 'a branch that is not there',
      spec: { ref: { branch: 'none' } },
      reason: 'GitOperationFailed',
      want: /couldn't find remote ref "refs\/heads\/none"/,
    },
    {
      why: 'a range that is none',
      spec: { ref: { semver: 'not a range' } },
      reason: 'GitOperationFailed',
      want: /semver parse error/,
    },
    {
      why: 'a range that nothing is in',
      spec: { ref: { semver: '>=9.0.0' } },
      reason: 'GitOperationFailed',
      want: /no match found for semver: >=9\.0\.0/,
    },
    {
      why: 'a secret that is not there',
      spec: { secretRef: { name: 'none' } },
      reason: 'AuthenticationFailed',
      want: /failed to get secret 'apps\/none'/,
    },
    {
      why: 'a server that does not answer',
      spec: { url: 'http://127.0.0.1:1/x' },
      reason: 'GitOperationFailed',
      want: /unable to clone 'http:/,
    },
  ])('$why', async ({ why, spec, reason, want }) => {
    const url = `${stage.sandbox.git.url}/podinfo.git`;
    const name = why.replaceAll(' ', '-');
    await stage.apply(source('GitRepository', name, { url, ...spec }));
    expect(await stage.says('GitRepository', name, 'FetchFailed', reason)).toMatch(want);
    expect(await stage.says('GitRepository', name, 'Ready', reason)).toMatch(/^False /);
  });

  test('an artifact that is gone or altered is made again, also after a restart', async () => {
    const { rm, writeFile } = await import('node:fs/promises');
    const of = async () =>
      new Fields((await stage.kube.get(refOf('GitRepository', 'podinfo')))?.['status']).at(
        'artifact',
      );
    const before = await of();
    const file = `${stage.folder}/storage/${before.text('path') ?? ''}`;
    await rm(file);
    await stage.restart();
    await stage.until('GitRepository', 'podinfo', (status) => {
      const { lastUpdateTime } = status.at('artifact').value;
      return (
        lastUpdateTime !== undefined &&
        status.at('artifact').text('digest') === before.text('digest')
      );
    });
    await writeFile(file, 'damaged');
    await stage.kube.patch(refOf('GitRepository', 'podinfo'), 'merge', {
      metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': 'again' } },
    });
    await stage.until(
      'GitRepository',
      'podinfo',
      (status) => status.text('lastHandledReconcileAt') === 'again',
    );
    expect(await stage.events('podinfo')).toContainEqual(
      expect.stringContaining('Warning ArtifactVerificationFailed'),
    );
    expect((await of()).text('digest')).toBe(before.text('digest'));
  }, 30_000);
});

const stub: KubeObject = { apiVersion: '', kind: '', metadata: {} };

describe('HelmRepository and HelmChart', () => {
  test('an index is stored; of a registry there is no status', async () => {
    await stage.apply(source('HelmRepository', 'charts', { url: charts.url }, 'v1beta2'));
    expect(await stage.says('HelmRepository', 'charts', 'Ready', 'Succeeded')).toMatch(
      /^True stored artifact: revision 'sha256:[0-9a-f]{64}'$/,
    );
    await stage.apply(source('HelmRepository', 'oci', { url: 'oci://127.0.0.1:1/x', type: 'oci' }));
    expect(await stage.events('charts')).toContainEqual(
      expect.stringMatching(
        /^Normal NewArtifact stored fetched index of size [\d.]+k?B from 'http:/,
      ),
    );
    const oci = await stage.until(
      'HelmRepository',
      'oci',
      ({ value }) => Object.keys(value).length === 0,
    );
    expect(oci.metadata.finalizers).toBeUndefined();
  });

  const chart = (name: string, spec: Record<string, unknown>, kind = 'HelmRepository') =>
    source('HelmChart', name, {
      chart: 'small',
      sourceRef: { kind, name: kind === 'HelmRepository' ? 'charts' : 'files' },
      ...spec,
    });

  test.each([
    { name: 'newest', spec: {}, want: "True pulled 'small' chart with version '1.1.0'" },
    {
      name: 'range',
      spec: { version: '1.0.x' },
      want: "True pulled 'small' chart with version '1.0.0'",
    },
    {
      name: 'exact',
      spec: { version: '2.0.0-rc.1' },
      want: "True pulled 'small' chart with version '2.0.0-rc.1'",
    },
    {
      name: 'merged',
      spec: { valuesFiles: ['values.yaml', 'values-production.yaml'] },
      want: "True packaged 'small' chart with version '1.1.0+1' and merged values files [values.yaml values-production.yaml]",
    },
    {
      name: 'ignoring',
      spec: { valuesFiles: ['values.yaml', 'none.yaml'], ignoreMissingValuesFiles: true },
      want: "True packaged 'small' chart with version '1.1.0+1' and merged values files [values.yaml]",
    },
  ])('$name: $want', async ({ name, spec, want }) => {
    await stage.apply(chart(name, spec));
    expect(await stage.says('HelmChart', name, 'Ready', /Succeeded$/)).toBe(want);
  });

  test.each([
    {
      name: 'no-file',
      spec: { valuesFiles: ['values.yaml', 'values-prod.yaml'] },
      type: 'BuildFailed',
      reason: 'ValuesFilesError',
      want: "True values files merge error: failed to merge chart values: no values file found at path 'values-prod.yaml'",
    },
    {
      name: 'no-version',
      spec: { version: '9.x' },
      type: 'FetchFailed',
      reason: 'InvalidChartReference',
      want: "True invalid chart reference: failed to get chart version for remote reference: no 'small' chart with version matching '9.x' found",
    },
    {
      name: 'no-chart',
      spec: { chart: 'other' },
      type: 'FetchFailed',
      reason: 'InvalidChartReference',
      want: 'True invalid chart reference: failed to get chart version for remote reference: no chart name found',
    },
    {
      name: 'bad-name',
      spec: { chart: 'Bad Name' },
      type: 'FetchFailed',
      reason: 'InvalidChartReference',
      want: "True invalid chart reference: invalid chart name 'Bad Name': a valid name must be lower case letters and numbers and MAY be separated with dashes (-), slashes (/) or periods (.)",
    },
  ])('$name stalls', async ({ name, spec, type, reason, want }) => {
    await stage.apply(chart(name, spec));
    expect(await stage.says('HelmChart', name, type, reason)).toBe(want);
    expect(await stage.says('HelmChart', name, 'Stalled', reason)).toBe(want);
    expect(await stage.says('HelmChart', name, 'Ready', reason)).toBe(`False${want.slice(4)}`);
  });

  test('a signature of a chart that an index names is refused, whatever the keys are', async () => {
    await stage.secret('no-keys', { 'own.pub': 'no key' });
    await stage.apply(chart('signed', { verify: { secretRef: { name: 'no-keys' } } }));
    expect(await stage.says('HelmChart', 'signed', 'BuildFailed', 'ChartVerificationError')).toBe(
      'True chart verification error: not implemented',
    );
    expect(await stage.says('HelmChart', 'signed', 'Ready', 'VerificationError')).toBe(
      'False chart verification error: not implemented',
    );
  });

  test('a new version in the repository is found without waiting for the interval of the chart', async () => {
    await charts.publish(smallChart('1.2.0'));
    await stage.kube.patch(refOf('HelmRepository', 'charts'), 'merge', {
      metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': '1' } },
    });
    await stage.until(
      'HelmChart',
      'newest',
      (status) => status.at('artifact').text('revision') === '1.2.0',
    );
    expect(await stage.events('newest')).toContain(
      "Normal ChartPullSucceeded pulled 'small' chart with version '1.2.0'",
    );
    await charts.publish(smallChart('1.1.0', { 'values-production.yaml': 'text: production\n' }));
  });

  test('charts from files: a folder, a new revision without a new version, values files, dependencies', async () => {
    const url = await stage.sandbox.git.createRepository('files');
    const in_ = (folder: string, files: Record<string, string>) =>
      Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));
    await push(stage.folder, url, {
      ...in_('charts/small', smallChart('1.0.0')),
      ...in_('charts/parent', {
        'Chart.yaml': `apiVersion: v2
name: parent
version: 0.1.0
dependencies:
- {name: small, version: 1.x, repository: "file://../small"}
- {name: small, alias: other, version: 1.0.0, repository: "${charts.url}"}
`,
        'values.yaml': '{}',
      }),
      'prod.yaml': 'text: from the root\n',
    });
    await stage.apply(source('GitRepository', 'files', { url }));
    const of = (name: string, spec: Record<string, unknown>) =>
      chart(name, { chart: './charts/small', ...spec }, 'GitRepository');
    await stage.apply(of('by-version', {}));
    await stage.apply(of('by-revision', { reconcileStrategy: 'Revision' }));
    await stage.apply(
      of('with-values', { valuesFiles: ['prod.yaml'], reconcileStrategy: 'Revision' }),
    );
    await stage.apply(of('missing-values', { valuesFiles: ['none.yaml'] }));
    await stage.apply(of('parent', { chart: 'charts/parent' }));
    await stage.apply(of('escaping', { chart: '../../etc' }));
    expect(await stage.says('HelmChart', 'by-version', 'Ready', 'ChartPackageSucceeded')).toBe(
      "True packaged 'small' chart with version '1.0.0'",
    );
    expect(await stage.says('HelmChart', 'by-revision', 'Ready', 'ChartPackageSucceeded')).toMatch(
      /version '1\.0\.0\+[0-9a-f]{12}'$/,
    );
    expect(await stage.says('HelmChart', 'with-values', 'Ready', 'ChartPackageSucceeded')).toMatch(
      /version '1\.0\.0\+[0-9a-f]{12}\.1' and merged values files \[prod\.yaml\]$/,
    );
    expect(await stage.says('HelmChart', 'missing-values', 'Stalled', 'ValuesFilesError')).toBe(
      "True values files merge error: no values file found at path '/none.yaml' (reference 'none.yaml')",
    );
    expect(await stage.says('HelmChart', 'parent', 'Ready', 'ChartPackageSucceeded')).toBe(
      "True packaged 'parent' chart with version '0.1.0'",
    );
    expect(await stage.says('HelmChart', 'escaping', 'Stalled', 'InvalidChartReference')).toContain(
      '/etc: no such file or directory',
    );

    const commit = await push(stage.folder, url, {
      'charts/small/templates/new.yaml': '# nothing\n',
    });
    await stage.kube.patch(refOf('GitRepository', 'files'), 'merge', {
      metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': '1' } },
    });
    await stage.until(
      'HelmChart',
      'by-revision',
      (status) => status.at('artifact').text('revision') === `1.0.0+${commit.slice(0, 12)}`,
    );
    await stage.until('HelmChart', 'by-version', (status) =>
      (status.text('observedSourceArtifactRevision') ?? '').endsWith(commit),
    );
    const kept = await stage.kube.get(refOf('HelmChart', 'by-version'));
    expect(revisionOf(kept ?? stub)).toBe('1.0.0');
  }, 30_000);

  test('a CA that is none', async () => {
    await stage.kube.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: 'no-ca' },
      data: { 'ca.crt': Buffer.from('no certificate').toString('base64') },
    });
    const spec = { url: charts.url, certSecretRef: { name: 'no-ca' } };
    await stage.apply(source('HelmRepository', 'no-ca', spec));
    expect(
      await stage.says('HelmRepository', 'no-ca', 'FetchFailed', 'AuthenticationFailed'),
    ).toContain('failed to parse CA certificate');
  });

  test('a repository with a password', async () => {
    const owned = await startChartServer({ username: 'example', password: '123456' });
    await owned.publish(smallChart('1.0.0'));
    await stage.apply(
      source('HelmRepository', 'owned', { url: owned.url, secretRef: { name: 'example-user' } }),
    );
    expect(
      await stage.says('HelmRepository', 'owned', 'FetchFailed', 'AuthenticationFailed'),
    ).toContain("failed to get authentication secret 'apps/example-user'");
    const secret = (password: string) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: 'example-user' },
      stringData: { username: 'example', password },
    });
    await stage.apply(secret('wrong'));
    expect(await stage.says('HelmRepository', 'owned', 'FetchFailed', 'Failed')).toMatch(
      /index\.yaml : 401/,
    );
    await stage.apply(secret('123456'));
    await stage.says('HelmRepository', 'owned', 'Ready', 'Succeeded');
    await stage.apply(
      source('HelmChart', 'owned', {
        chart: 'small',
        sourceRef: { kind: 'HelmRepository', name: 'owned' },
      }),
    );
    await stage.says('HelmChart', 'owned', 'Ready', 'ChartPullSucceeded');
    await owned.close();
  }, 30_000);

  test('what is suspended is left alone, and what is deleted is cleaned up', async () => {
    await stage.kube.patch(refOf('HelmChart', 'newest'), 'merge', {
      spec: { suspend: true, version: '1.0.0' },
    });
    await stage.kube.delete(refOf('HelmChart', 'exact'));
    await stage.until(
      'HelmChart',
      'newest',
      (status, { metadata }) => status.count('observedGeneration') === metadata.generation,
    );
    for (let gone = false; !gone;)
      gone = (await stage.kube.get(refOf('HelmChart', 'exact'))) === undefined;
    const still = await stage.kube.get(refOf('HelmChart', 'newest'));
    expect(revisionOf(still ?? stub)).toBe('1.2.0');
    const { readdir } = await import('node:fs/promises');
    expect(await readdir(`${stage.folder}/storage/helmchart/${namespace}`)).not.toContain('exact');
  });
});
