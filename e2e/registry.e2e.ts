/** fluxd, the CI mock and a registry with a password; a Docker Engine, and metadata shared through memcached. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { projectRoot, runToEnd } from '../demo/mod.ts';
import { openWorld } from './fluxd.ts';
import type { World } from './fluxd.ts';
import { planted } from './secrets.ts';
import { startDistribution } from './services/distribution.ts';
import type { Distribution } from './services/distribution.ts';
import { startDocker } from './services/docker.ts';
import { startMemcached } from './services/memcached.ts';

const waiting = { timeout: 90_000, interval: 100 };

let folder: string;
let registry: Distribution;
let credentials: { username: string; password: string };
/** Ended after each test, the last one opened first. */
const open: { close(): Promise<void> }[] = [];
const docker = await (async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reflux-e2e-registry'));
  return startDocker(folder);
})();
if (typeof docker === 'string') process.stderr.write(`without a Docker Engine: ${docker}\n`);

beforeAll(async () => {
  credentials = { username: 'team', password: await planted('registry-password') };
  registry = await startDistribution(folder, { credentials });
  await mkdir(path.join(folder, '.docker'));
  await writeFile(path.join(folder, '.docker/config.json'), loginOf(registry.host));
});
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});
afterAll(async () => {
  await registry.close();
  if (typeof docker !== 'string') await docker.close();
  await rm(folder, { recursive: true, force: true });
});

/** As `docker login` leaves it. */
const loginOf = (host: string) => {
  const auth = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
  return JSON.stringify({ auths: { [host]: { auth } } });
};

const ci = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runToEnd(path.join(projectRoot, 'hack/ci-mock.sh'), args, { HOME: folder, ...env }, projectRoot);

/** A workload that follows 1.x of an image which only a pull secret of its namespace opens. */
async function follow(namespace: string, image: string): Promise<World> {
  const world = await openWorld(namespace);
  open.push(world);
  await world.repository.commit(
    'pull.yaml',
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'pull', namespace },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': loginOf(registry.host) },
    }),
  );
  await world.repository.commit(
    'app.yaml',
    world.workload(image, {
      'fluxcd.io/automated': 'true',
      'fluxcd.io/tag.app': 'semver:~1',
    }),
  );
  return world;
}

const start = (world: World, ...args: string[]) =>
  world.startFluxd({
    url: `file://${world.repository.bare}`,
    args: [`--registry-insecure-host=${registry.host}`, ...args],
  });

const released = (world: World, image: string) =>
  vi
    .waitFor(async () => {
      expect((await world.repository.log())[0]).toBe(`Weave Flux: Auto-release ${image}`);
    }, waiting)
    .catch((thrown: unknown) => {
      throw new Error(`${image} is not released\n${world.logs()}`, { cause: thrown });
    });

test('a pushed image is released by automation, with the pull secret of the workload', async () => {
  const image = `${registry.host}/team/app`;
  await ci(['--no-docker', '-r', image, '-v', '1.0.0']);
  const world = await follow('e2e-registry', `${image}:1.0.0`);
  await start(world);
  await world.synced();
  await ci(['--no-docker', '-r', image, '-v', '2.0.0']);
  await ci(['--no-docker', '-r', image, '-v', '1.0.1']);
  await released(world, `${image}:1.0.1`);
  await world.synced();
  const live = await world.kube.get({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: world.namespace,
    name: 'app',
  });
  expect(JSON.stringify(live)).toContain(`${image}:1.0.1`);
});

test.skipIf(typeof docker === 'string')(
  'what a Docker Engine builds and pushes is released, too',
  async () => {
    const DOCKER_HOST = typeof docker === 'string' ? '' : docker.host;
    const image = `${registry.host}/team/built`;
    const said = await ci(['-r', image, '-v', '1.1.0'], { DOCKER_HOST });
    expect(said).toContain('The push refers to repository');
    const world = await follow('e2e-docker', `${image}:1.1.0`);
    await start(world);
    await world.synced();
    await ci(['-r', image, '-v', '1.1.1'], { DOCKER_HOST });
    await released(world, `${image}:1.1.1`);
  },
);

test('a second daemon reads in memcached what the first has learned, and asks for no manifest', async () => {
  const memcached = await startMemcached(folder);
  open.push(memcached);
  const args = [
    '--memcached-hostname=127.0.0.1',
    `--memcached-port=${memcached.port}`,
    '--memcached-service=',
  ];
  const image = `${registry.host}/team/shared`;
  for (const version of ['1.0.0', '1.0.1', '1.0.2'])
    await ci(['--no-docker', '-r', image, '-v', version]);
  const world = await follow('e2e-memcached', `${image}:1.0.2`);
  const known = ['list-images', '-n', world.namespace, '-w', 'deployment/app', '-l', '0'];
  const first = await start(world, ...args);
  await vi.waitFor(async () => {
    expect(await first.fluxctl(...known)).toMatch(/1\.0\.0[^]*\d{2} \w{3} \d{2}|\d{4}/);
    expect(await memcached.stat('curr_items')).toBeGreaterThan(0);
  }, waiting);
  const list = await first.fluxctl(...known);
  await first.stop();

  const before = registry.log().length;
  const second = await start(
    world,
    ...args,
    `--registry-cache-dir=${path.join(world.folder, 'another')}`,
  );
  await vi.waitFor(async () => {
    expect(await second.fluxctl(...known)).toBe(list);
  }, waiting);
  expect(await memcached.stat('get_hits')).toBeGreaterThan(0);
  expect(registry.log().slice(before)).toContain('/v2/team/shared/tags/list');
  expect(registry.log().slice(before)).not.toMatch(/\/v2\/team\/shared\/(manifests|blobs)\//);
});
