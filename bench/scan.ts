/**
 * What scanning costs a registry: the first start, a start with what was kept, and one new tag.
 *
 *     npm run bench -- scan [--images=100] [--tags=1000]
 *
 * Half of the images have a `glob:` filter, which needs the time of each tag; the others `semver:`, which needs the names
 * alone. The registry is the sandbox's, and counts. Listings repeat at each poll; a new tag's are those until its commit.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseFlags, systemClock } from '../lib/runtime/mod.ts';
import { freePort, projectRoot, runToEnd, startCommand } from '../demo/mod.ts';
import type { Running } from '../demo/mod.ts';
import { startRegistry } from '../sandbox/mod.ts';
import type { SandboxRegistry } from '../sandbox/mod.ts';
import { bareRepository, gitEnv, openCluster } from './stage.ts';

const flags = [
  { name: 'images', type: 'int', default: 100, help: 'repositories in the registry' },
  { name: 'tags', type: 'int', default: 1000, help: 'tags of each' },
] as const;

/** Without a request it has read what it wants; part of the times printed. */
const quietMs = 2000;

const newest = Date.parse('2024-06-01T00:00:00Z');

export async function run(argv: readonly string[]): Promise<void> {
  const { values } = parseFlags(flags, argv, { env: {} });
  const folder = await mkdtemp(path.join(tmpdir(), 'reflux-bench'));
  const cluster = await openCluster('', folder);
  const registry = await startRegistry({ clock: systemClock });
  let program: Running | undefined;
  try {
    for (let image = 0; image < values.images; image++)
      for (let tag = 1; tag <= values.tags; tag++) seed(registry, image, tag, values.tags);
    const work = path.join(folder, 'work');
    await mkdir(work);
    for (let image = 0; image < values.images; image++)
      await writeFile(
        path.join(work, `${nameOf(image)}.yaml`),
        manifestOf(image, `${registry.host}/${nameOf(image)}:${tagOf(image, values.tags)}`),
      );
    const remote = path.join(folder, 'remote.git');
    const url = await bareRepository(work, remote);
    const start = async () => {
      const port = await freePort();
      return startCommand({
        name: 'fluxd',
        command: [process.execPath, path.join(projectRoot, 'dist/fluxd.js')],
        args: [
          ...[`--listen=127.0.0.1:${port}`, `--git-url=${url}`, '--git-branch=master'],
          ...['--registry-rps=10000', '--registry-burst=40'],
          ...[`--registry-insecure-host=${registry.host}`],
          ...[`--registry-cache-dir=${path.join(folder, 'cache')}`],
          ...['--automation-interval=5s', '--git-poll-interval=5s'],
          ...['--git-user=Bench', '--git-email=bench@example.com'],
        ],
        env: { ...gitEnv(folder), KUBECONFIG: cluster.kubeconfig },
        logFile: path.join(folder, 'fluxd.log'),
      });
    };

    console.log(`${values.images} images of ${values.tags} tags, half of them with glob:`);
    for (const phase of ['first start', 'second start']) {
      const before = registry.requests().length;
      const begun = performance.now();
      program = await start();
      const daemon = program;
      // Everything was listed, and nothing more is read.
      let [looked, listed, quietSince] = [before, 0, performance.now()];
      await until(daemon, () => {
        const made = registry.requests().slice(looked);
        looked += made.length;
        const listings = made.filter((request) => request.includes('/tags/list')).length;
        listed += listings;
        if (listings < made.length) quietSince = performance.now();
        return listed >= values.images && performance.now() - quietSince > quietMs;
      });
      report(phase, registry, before, begun, daemon);
      if (phase === 'first start') await daemon.stop();
    }
    const daemon = program as Running;
    for (const [image, phase] of ['a new tag, semver:', 'a new tag, glob:'].entries()) {
      const before = registry.requests().length;
      const begun = performance.now();
      seed(registry, image, values.tags + 1, values.tags);
      const wanted = `${nameOf(image)}:${tagOf(image, values.tags + 1)}`;
      await until(daemon, async () =>
        (
          await runToEnd(
            'git',
            ['--git-dir', remote, 'show', `master:${nameOf(image)}.yaml`],
            gitEnv(folder),
            folder,
          )
        ).includes(wanted),
      );
      report(phase, registry, before, begun, daemon, nameOf(image));
    }
  } finally {
    await program?.stop();
    await registry.close();
    await cluster.close();
    await rm(folder, { recursive: true });
  }
}

const nameOf = (image: number) => `app${image}`;
const tagOf = (image: number, tag: number) => (image % 2 === 0 ? `1.0.${tag}` : `build-${tag}`);

function seed(registry: SandboxRegistry, image: number, tag: number, tags: number): void {
  const created = new Date(newest + (tag - tags) * 60_000).toISOString();
  registry.seedImage(nameOf(image), tagOf(image, tag), { created });
}

function manifestOf(image: number, reference: string): string {
  const name = nameOf(image);
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: default
  annotations:
    fluxcd.io/automated: "true"
    fluxcd.io/tag.app: ${image % 2 === 0 ? 'semver:~1.0' : 'glob:build-*'}
spec:
  replicas: 0
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers:
        - name: app
          image: ${reference}
`;
}

async function until(program: Running, done: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await done())) {
    if (program.exit() !== undefined) throw new Error(`fluxd ended:\n${program.log()}`);
    await delay(100);
  }
}

/** @param only counts the requests for this repository, besides the polls of the others */
function report(
  phase: string,
  registry: SandboxRegistry,
  before: number,
  begun: number,
  program: Running,
  only?: string,
): void {
  const made = registry.requests().slice(before);
  const count = (part: string) =>
    made.filter(
      (request) => request.includes(part) && (only === undefined || request.includes(`/${only}/`)),
    ).length;
  console.log(
    [
      phase.padEnd(18),
      `listings ${count('/tags/list')}`,
      `manifests ${count('/manifests/')}`,
      `blobs ${count('/blobs/')}`,
      ...(only === undefined ? [] : [`other images ${made.length - count('/')}`]),
      `${((performance.now() - begun) / 1000).toFixed(1)} s`,
      `${program.peakMemoryMiB() ?? '?'} MiB`,
    ].join('  '),
  );
}
