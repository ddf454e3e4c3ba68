/** The rights that docs/security.md names are enough, and are all that the programs use. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { applyFile, projectRoot } from '../demo/mod.ts';
import type { HelmRelease } from '../lib/objects/mod.ts';
import { openWorld } from './fluxd.ts';
import type { World } from './fluxd.ts';
import { inPod, podsCanBePlayed } from './pod.ts';
import { makeKey } from './services/sshd.ts';

const waiting = { timeout: 90_000, interval: 100 };
const roleFile = (program: string) => path.join(projectRoot, `docs/rbac/${program}.yaml`);

let world: World;
afterEach(() => world.close());

/** Garbage collection looks at every kind that is served, and passes over those that it may not see. */
const refusals = (log: string) =>
  log
    .split('\n')
    .filter((line) => line.includes('forbidden') && !line.includes('cannot list resources'));

const deployment = () =>
  world.kube.get({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: world.namespace,
    name: 'app',
  });

describe.skipIf(!(await podsCanBePlayed()))('with minimal rights', () => {
  test('fluxd syncs, commits and prunes; what it may not do fails alone', async () => {
    world = await openWorld('e2e-rights-fluxd');
    const { repository, folder, namespace } = world;
    await repository.commit('app.yaml', world.workload('example.com/app:1'));
    await applyFile(world.kube, path.join(projectRoot, 'crds/helmreleases.yaml'));
    const pod = await inPod(world, { rights: roleFile('fluxd') });
    const mounted = path.join(folder, 'mounted');
    await mkdir(mounted);
    await makeKey(path.join(mounted, 'identity'));
    const fluxd = await world.startFluxd({
      url: `file://${repository.bare}`,
      within: pod.within,
      env: pod.env,
      args: [`--k8s-secret-volume-mount-path=${mounted}`, '--sync-garbage-collection'],
    });
    await world.synced();
    expect(await deployment()).toBeDefined();
    await fluxd.fluxctl('lock', '-n', namespace, '-w', 'deployment/app', '-m', 'Not now');
    await world.synced();
    expect(refusals(fluxd.log())).toEqual([]);

    const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace } };
    await repository.commit('config.yaml', JSON.stringify(configMap));
    await world.synced();
    expect(fluxd.log()).toMatch(/configmap.*forbidden/i);
    await repository.git('rm', '--quiet', 'app.yaml');
    await repository.git('commit', '--quiet', '--message=Away with it');
    await repository.git('push', '--quiet', 'origin', 'HEAD:master');
    await vi.waitFor(async () => {
      expect(await deployment()).toBeUndefined();
    }, waiting);
  });

  test('helm-operator installs, upgrades and uninstalls', async () => {
    world = await openWorld('e2e-rights-operator');
    const { repository, namespace, kube, folder } = world;
    await applyFile(kube, path.join(projectRoot, 'crds/helmreleases.yaml'));
    const clone = path.join(folder, 'clone');
    await mkdir(path.join(clone, 'chart/templates'), { recursive: true });
    await writeFile(
      path.join(clone, 'chart/Chart.yaml'),
      'apiVersion: v2\nname: app\nversion: 1.0.0\n',
    );
    await writeFile(
      path.join(clone, 'chart/templates/app.yaml'),
      world
        .workload('example.com/app:1')
        .replace('"spec":{"selector"', '"spec":{"replicas":{{ .Values.replicas }},"selector"'),
    );
    await repository.commit('chart/values.yaml', 'replicas: 1');
    const pod = await inPod(world, { rights: roleFile('helm-operator') });
    const operator = await world.startOperator({ within: pod.within, env: pod.env });
    const target = { apiVersion: 'helm.fluxcd.io/v1', kind: 'HelmRelease', namespace, name: 'app' };
    const release = (values: unknown) =>
      kube.apply(
        {
          apiVersion: target.apiVersion,
          kind: target.kind,
          metadata: { name: 'app', namespace },
          spec: {
            chart: { git: `file://${repository.bare}`, ref: 'master', path: 'chart' },
            values,
          },
        } as HelmRelease,
        { fieldManager: 'e2e', force: true },
      );
    const replicas = (want: number) =>
      vi.waitFor(async () => {
        expect(await deployment()).toMatchObject({ spec: { replicas: want } });
        const hr = await kube.get<HelmRelease>(target);
        expect(hr?.status).toMatchObject({
          phase: 'Succeeded',
          observedGeneration: hr?.metadata.generation,
        });
      }, waiting);
    await vi.waitFor(() => release({}), waiting);
    await replicas(1);
    await release({ replicas: 2 });
    await replicas(2);
    await kube.delete(target);
    await vi.waitFor(async () => {
      expect(await deployment()).toBeUndefined();
    }, waiting);
    expect(refusals(operator.log())).toEqual([]);
  });
});
