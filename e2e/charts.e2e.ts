/** Our charts, installed and upgraded with our helm and, where it is on PATH, with the real one. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../lib/runtime/mod.ts';
import { projectRoot } from '../demo/mod.ts';
import { findHelms, openCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { kubeconfig } from './kubeconfig.ts';

const namespace = 'fluxcd';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await openCluster();
});
afterAll(() => cluster.close());

const run = async (command: readonly string[], ...args: string[]) => {
  const [program = '', ...before] = command;
  const { exitCode, stdout, stderr } = await runProgram(program, [...before, ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', KUBECONFIG: kubeconfig() },
    timeoutMs: 120_000,
  });
  expect(`${stdout.toString()}${stderr.toString()}`, args.join(' ')).toSatisfy(
    () => exitCode === 0,
  );
  return stdout.toString();
};

describe.each(await findHelms())('with $name', ({ command }) => {
  test('flux: installed as the guide says; an upgrade keeps the deploy key', async () => {
    const install = (...more: string[]) =>
      run(
        command,
        ...['upgrade', '-i', 'flux', path.join(projectRoot, 'chart/flux'), '--wait'],
        ...['--namespace', namespace, '--create-namespace'],
        ...['--set', 'git.url=git@github.com:you/reflux', ...more],
      );
    expect(await install()).toContain(`fluxctl identity --k8s-fwd-ns ${namespace}`);
    const secret = { apiVersion: 'v1', kind: 'Secret', namespace, name: 'flux-git-deploy' };
    const identity = Buffer.from('a key').toString('base64');
    await cluster.kube.patch(secret, 'merge', { data: { identity } });
    await install('--set', 'git.pollInterval=1m,git.path=namespaces\\,releases');
    expect(await cluster.kube.get(secret)).toMatchObject({ data: { identity } });
    const deployment = await cluster.kube.get({
      ...secret,
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: 'flux',
    });
    expect(deployment).toMatchObject({
      spec: { selector: { matchLabels: { app: 'flux', release: 'flux' } } },
      status: { availableReplicas: 1 },
    });
    expect(JSON.stringify(deployment)).toContain('--git-path=namespaces,releases');
    await run(command, 'uninstall', 'flux', '--namespace', namespace, '--wait');
    expect(await cluster.kube.get(secret)).toBeUndefined();
  });

  test('helm-operator: installed beside it, with the definition of HelmRelease', async () => {
    await run(
      command,
      ...[
        'upgrade',
        '-i',
        'helm-operator',
        path.join(projectRoot, 'chart/helm-operator'),
        '--wait',
      ],
      ...['--namespace', namespace, '--create-namespace'],
      ...['--set', 'git.ssh.secretName=flux-git-deploy', '--set', 'helm.versions=v3'],
    );
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      name: 'helmreleases.helm.fluxcd.io',
    };
    expect(await cluster.kube.get(definition)).toBeDefined();
    await run(command, 'uninstall', 'helm-operator', '--namespace', namespace, '--wait');
    // As helm does: definitions stay, and with them everybody's objects.
    expect(await cluster.kube.get(definition)).toBeDefined();
  });

  test('flux with everything set is valid to the server', async () => {
    for (const name of ['dev', 'stg', namespace]) {
      const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
      await cluster.kube.apply(object, { fieldManager: 'e2e', force: true });
    }
    const values = path.join(projectRoot, 'hack/testdata/charts/flux.yaml');
    expect(await readFile(values, 'utf8')).toContain('serviceMonitor');
    await run(
      command,
      ...['install', 'flux', path.join(projectRoot, 'chart/flux'), '--namespace', namespace],
      ...['--values', values, '--set', 'prometheus.serviceMonitor.create=false'],
      ...['--set', 'prometheus.rules.create=false'],
    );
    await run(command, 'uninstall', 'flux', '--namespace', namespace);
  });
});
