/** helm-operator with charts and values that are secret: passwords open their hosts, and are shown to nobody else. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { applyFile, projectRoot, runToEnd } from '../demo/mod.ts';
import type { HelmRelease } from '../lib/objects/mod.ts';
import { systemClock } from '../lib/runtime/mod.ts';
import { startGitServer } from '../sandbox/mod.ts';
import { commandOf } from '../hack/programs.ts';
import { untilServed } from './cluster.ts';
import { openWorld } from './fluxd.ts';
import type { World } from './fluxd.ts';
import { planted } from './secrets.ts';
import { selfSigned } from './services/certificate.ts';

const waiting = { timeout: 90_000, interval: 100 };
const tls = selfSigned(systemClock.now());

let world: World;
let namespace: string;
let count = 0;
/** Ended after each test, the last one opened first. */
const open: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  count += 1;
  namespace = `e2e-operator-${count}`;
  world = await openWorld(namespace);
  open.push(world);
  const authority = path.join(world.folder, 'ca.pem');
  await writeFile(authority, tls.cert);
  await writeFile(path.join(world.folder, '.gitconfig'), `[http]\nsslCAInfo = ${authority}\n`);
  await applyFile(world.kube, path.join(projectRoot, 'crds/helmreleases.yaml'));
  await untilServed(world.kube, { apiVersion: 'helm.fluxcd.io/v1', kind: 'HelmRelease' });
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const operator = await world.startOperator({ env: { NODE_EXTRA_CA_CERTS: authority } });
  expect(operator.exit()).toBeUndefined();
});
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const apply = (object: { apiVersion: string; kind: string; metadata: { name: string } }) =>
  world.kube.apply(object, { fieldManager: 'e2e', force: true });
const secret = (name: string, stringData: Readonly<Record<string, string>>) =>
  apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    stringData,
  } as Parameters<typeof apply>[0]);
const release = (name: string, spec: unknown) =>
  apply({
    apiVersion: 'helm.fluxcd.io/v1',
    kind: 'HelmRelease',
    metadata: { name, namespace },
    spec,
  } as Parameters<typeof apply>[0]);
const statusOf = async (name: string) =>
  (
    await world.kube.get<HelmRelease>({
      apiVersion: 'helm.fluxcd.io/v1',
      kind: 'HelmRelease',
      namespace,
      name,
    })
  )?.status;
const reached = (name: string, phase: string) =>
  vi.waitFor(async () => {
    expect(await statusOf(name)).toMatchObject({ phase });
  }, waiting);

/** A chart whose only object is a Secret with the value `token`. */
async function writeChart(folder: string): Promise<void> {
  await mkdir(path.join(folder, 'templates'), { recursive: true });
  await writeFile(
    path.join(folder, 'Chart.yaml'),
    'apiVersion: v2\nname: vault\nversion: 0.1.0\ndescription: Keeps a token\n',
  );
  await writeFile(path.join(folder, 'values.yaml'), 'token: ""\n');
  await writeFile(
    path.join(folder, 'templates/secret.yaml'),
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .Release.Name }}\nstringData:\n  token: {{ required "a token is needed" .Values.token | quote }}\n',
  );
}

/** Makes the values Secret and the release, then changes the Secret, then breaks it. */
async function playWith(name: string, chart: unknown): Promise<void> {
  const tokens = [await planted('first-token'), await planted('second-token')] as const;
  const values = (token: string) =>
    secret(`${name}-values`, { 'values.yaml': `token: ${token}\n` });
  const live = async () => {
    const object = await world.kube.get({
      apiVersion: 'v1',
      kind: 'Secret',
      namespace,
      name: `${namespace}-${name}`,
    });
    const data = (object as { data?: { token?: string } } | undefined)?.data?.token ?? '';
    return Buffer.from(data, 'base64').toString();
  };
  await values(tokens[0]);
  await release(name, { chart, valuesFrom: [{ secretKeyRef: { name: `${name}-values` } }] });
  await reached(name, 'Succeeded');
  expect(await live()).toBe(tokens[0]);
  await values(tokens[1]);
  await vi.waitFor(async () => {
    expect(await live()).toBe(tokens[1]);
  }, waiting);
  await secret(`${name}-values`, { 'values.yaml': 'token: ""\n' });
  await reached(name, 'DeployFailed');
  expect(JSON.stringify(await statusOf(name))).toContain('a token is needed');
}

test('a chart from a Git repository with a password', { timeout: 240_000 }, async () => {
  const credentials = { username: 'charts', password: await planted('chart-git-password') };
  const server = await startGitServer({
    env: process.env,
    folder: path.join(world.folder, 'git'),
    credentials,
    tls,
  });
  open.push(server);
  const source = path.join(world.folder, 'source');
  await writeChart(path.join(source, 'charts/vault'));
  const git = await server.createRepository('charts', { fromFolder: source });
  const chart = { git, ref: 'master', path: 'charts/vault', secretRef: { name: 'git-auth' } };
  await secret('git-auth', { ...credentials, password: await planted('wrong-chart-password') });
  await release('early', { chart });
  await reached('early', 'ChartFetchFailed');
  await secret('git-auth', credentials);
  await playWith('git', chart);
});

test('a chart from a repository with a password', { timeout: 240_000 }, async () => {
  const credentials = { username: 'charts', password: await planted('chart-repository-password') };
  const served = path.join(world.folder, 'served');
  await writeChart(path.join(world.folder, 'vault'));
  const [program, ...before] = commandOf('reflux-helm');
  const helm = (...args: string[]) =>
    runToEnd(program, [...before, ...args], { HOME: world.folder }, world.folder);
  await helm('package', 'vault', '--destination', served);
  await helm('repo', 'index', served);
  const basic = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
  const server = createServer(tls, (request, response) => {
    if (request.headers.authorization !== `Basic ${basic}`) {
      response.writeHead(401).end();
      return;
    }
    readFile(path.join(served, path.basename(request.url ?? ''))).then(
      (content) => response.end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  const { port } = server.address() as AddressInfo;
  await secret('repository-auth', credentials);
  await playWith('repository', {
    repository: `https://127.0.0.1:${port}`,
    name: 'vault',
    version: '0.1.0',
    chartPullSecret: { name: 'repository-auth' },
  });
});
