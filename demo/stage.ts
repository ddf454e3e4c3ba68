/** The stage of the demo: sandbox, repository, and the two programs as real processes. */
import { createWriteStream } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createKubeClient, loadConnection } from '../lib/kube/mod.ts';
import type { KubeClient } from '../lib/kube/mod.ts';
import { readDocuments } from '../lib/manifest/mod.ts';
import type { KubeObject } from '../lib/objects/mod.ts';
import { createLogger, systemClock } from '../lib/runtime/mod.ts';
import { startGitServer, startRegistry, startSandbox } from '../sandbox/mod.ts';
import type { SandboxGitServer, SandboxRegistry } from '../sandbox/mod.ts';
import { freePort, projectRoot, runToEnd, startProgram } from './programs.ts';
import type { Running } from './programs.ts';

export interface Stage {
  registry: SandboxRegistry;
  /** URL of the API server. */
  cluster: string;
  kube: KubeClient;
  /** Everything temporary lies here. */
  folder: string;
  kubeconfig: string;
  /** URL of the config repository. */
  repositoryUrl: string;
  /** Where the spectator's own clone is. */
  clone: string;
  /** `127.0.0.1:port/stefanprodan/podinfo` */
  image: string;
  fluxUrl: string;
  programs: Running[];
  startPrograms(): void;
  /** Runs git in the clone. */
  git(...args: string[]): Promise<string>;
  /** Commits all of the clone and pushes, on top of what others pushed. */
  push(message: string): Promise<string>;
  close(): Promise<void>;
}

/** What a user forks, as far as the sandbox can serve it. */
const forked = ['namespaces', 'releases', 'chart/podinfo', 'hack/ci-mock.sh', 'README.md'];

/** Where the story plays. */
interface World {
  registry: SandboxRegistry;
  git: SandboxGitServer;
  kubeconfig: string;
  close(): Promise<void>;
}

async function sandboxWorld(folder: string): Promise<World> {
  const log = createLogger({
    format: 'fmt',
    stream: createWriteStream(path.join(folder, 'sandbox.log')),
    now: () => new Date(),
  });
  const sandbox = await startSandbox({ clock: systemClock, log, env: process.env });
  const kubeconfig = path.join(folder, 'kubeconfig');
  await writeFile(kubeconfig, sandbox.api.kubeconfig, { mode: 0o600 });
  return {
    registry: sandbox.registry,
    git: sandbox.git,
    kubeconfig,
    close: () => sandbox.close(),
  };
}

/** A cluster of somebody else's, with the sandbox's registry and Git server beside it. */
async function clusterWorld(kubeconfig: string): Promise<World> {
  const registry = await startRegistry({ clock: systemClock, port: 0 });
  const git = await startGitServer({ env: process.env, port: 0 });
  return {
    registry,
    git,
    kubeconfig,
    close: async () => {
      await Promise.all([registry.close(), git.close()]);
    },
  };
}

/** @param kubeconfig of a real cluster whose nodes can pull from the stage's registry; default: the sandbox */
export async function setStage(kubeconfigFile?: string): Promise<Stage> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reflux-demo'));
  const world = await (kubeconfigFile === undefined
    ? sandboxWorld(folder)
    : clusterWorld(kubeconfigFile));
  const { registry, git: gitServer, kubeconfig } = world;
  const image = `${registry.host}/stefanprodan/podinfo`;
  const connection = await loadConnection({ env: process.env, path: kubeconfig });
  const kube = createKubeClient({ connection });

  const fork = path.join(folder, 'fork');
  for (const name of forked) {
    await mkdir(path.dirname(path.join(fork, name)), { recursive: true });
    await cp(path.join(projectRoot, name), path.join(fork, name), { recursive: true });
  }
  // Sealed Secrets come from a chart repository on the internet.
  await rm(path.join(fork, 'releases/adm'), { recursive: true });
  const placeholder = `${gitServer.url}/reflux.git`;
  for (const environment of await readdir(path.join(fork, 'releases'))) {
    const file = path.join(fork, 'releases', environment, 'podinfo.yaml');
    const text = await readFile(file, 'utf8');
    await writeFile(
      file,
      text
        .replace(/git: git@github\.com:your-name\/reflux/, `git: ${placeholder}`)
        .replace(/repository: stefanprodan\/podinfo/, `repository: ${image}`),
    );
  }
  const repositoryUrl = await gitServer.createRepository('reflux', {
    fromFolder: fork,
    message: 'Fork with my names',
  });
  for (const tag of ['dev-hdtwcel9', 'stg-9ij63o4c', '0.4.10']) {
    registry.seedImage('stefanprodan/podinfo', tag, {
      created: new Date(Date.now() - 3_600_000).toISOString(),
    });
  }
  await applyFile(kube, path.join(projectRoot, 'crds/helmreleases.yaml'));

  const gitEnv = {
    HOME: folder,
    GIT_AUTHOR_NAME: 'You',
    GIT_AUTHOR_EMAIL: 'you@example.com',
    GIT_COMMITTER_NAME: 'You',
    GIT_COMMITTER_EMAIL: 'you@example.com',
    GIT_CONFIG_NOSYSTEM: '1',
  };
  const clone = path.join(folder, 'clone');
  await runToEnd('git', ['clone', '--quiet', repositoryUrl, clone], gitEnv, folder);
  const git = (...args: string[]) => runToEnd('git', args, gitEnv, clone);
  const [fluxPort, operatorPort] = [await freePort(), await freePort()];
  const programs: Running[] = [];

  return {
    registry,
    cluster: connection.server,
    kube,
    folder,
    kubeconfig,
    repositoryUrl,
    clone,
    image,
    fluxUrl: `http://127.0.0.1:${fluxPort}/api/flux`,
    programs,
    startPrograms: () => {
      const env = { KUBECONFIG: kubeconfig };
      programs.push(
        startProgram({
          name: 'fluxd',
          main: 'daemon/main.ts',
          args: [
            `--listen=127.0.0.1:${fluxPort}`,
            `--kube-config=${kubeconfig}`,
            `--git-url=${repositoryUrl}`,
            '--git-path=namespaces,releases',
            '--git-poll-interval=1s',
            '--sync-interval=3s',
            '--automation-interval=1s',
            '--sync-garbage-collection',
            `--registry-insecure-host=${registry.host}`,
          ],
          env,
          logFile: path.join(folder, 'fluxd.log'),
        }),
        startProgram({
          name: 'helm-operator',
          main: 'helm-operator/main.ts',
          args: [
            `--listen=127.0.0.1:${operatorPort}`,
            `--kubeconfig=${kubeconfig}`,
            '--enabled-helm-versions=v3',
            '--git-poll-interval=1s',
            '--status-update-interval=1s',
            '--charts-sync-interval=10s',
            '--workers=4',
          ],
          env,
          logFile: path.join(folder, 'helm-operator.log'),
        }),
      );
    },
    git,
    push: async (message) => {
      await git('add', '--all');
      await git('commit', '--quiet', '--message', message);
      await git('pull', '--quiet', '--rebase', 'origin', 'master');
      await git('push', '--quiet', 'origin', 'HEAD:master');
      return (await git('rev-parse', 'HEAD')).trim();
    },
    close: async () => {
      await Promise.all(programs.map((program) => program.stop()));
      await kube.close();
      await world.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Applies each document of a file. */
export async function applyFile(kube: KubeClient, file: string): Promise<void> {
  for (const document of readDocuments(await readFile(file, 'utf8'))) {
    await kube.apply(document as KubeObject, { fieldManager: 'demo', force: true });
  }
  kube.invalidateDiscovery();
}
