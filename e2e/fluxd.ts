/** A namespace of its own, a config repository, and our programs as processes. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, vi } from 'vitest';
import { commandOf } from '../hack/programs.ts';
import { createKubeClient, loadConnection } from '../lib/kube/mod.ts';
import type { KubeClient } from '../lib/kube/mod.ts';
import { freePort, projectRoot, runToEnd, startCommand } from '../demo/mod.ts';
import type { Running } from '../demo/mod.ts';
import { kubeconfig } from './kubeconfig.ts';
import { keepOutput } from './secrets.ts';

const waiting = { timeout: 90_000, interval: 100 };

export interface ConfigRepository {
  /** The bare repository, for servers. */
  bare: string;
  /** Runs git in a clone of it that the test owns. */
  git(...args: string[]): Promise<string>;
  /** Writes a file of the clone, commits and pushes. @returns the revision */
  commit(file: string, text: string, ...options: string[]): Promise<string>;
  /** `author: subject` of the commits of master, newest first. */
  log(): Promise<string[]>;
}

/** A program that answers on `http://127.0.0.1:PORT`. */
export interface Serving extends Running {
  port: number;
}

export interface Daemon extends Serving {
  /** Runs fluxctl against it. */
  fluxctl(...args: string[]): Promise<string>;
}

export interface World {
  folder: string;
  kube: KubeClient;
  /** Its own; removed at the end. */
  namespace: string;
  repository: ConfigRepository;
  /** Manifest of the workload `app`. */
  workload(image: string, annotations?: Readonly<Record<string, string>>): string;
  startFluxd(options: {
    url: string;
    args?: readonly string[];
    env?: Readonly<Record<string, string>>;
    /** Words before the command line, such as `unshare --mount`. */
    within?: readonly string[];
  }): Promise<Daemon>;
  /** A helm-operator for the world's namespace only. */
  startOperator(options: {
    args?: readonly string[];
    env?: Readonly<Record<string, string>>;
    within?: readonly string[];
  }): Promise<Serving>;
  /** The end of what each program has logged, for failures. */
  logs(): string;
  /** Waits until the tag flux-sync stands at the head of master. */
  synced(): Promise<void>;
  close(): Promise<void>;
}

/** @param name of the namespace */
export async function openWorld(name: string): Promise<World> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reflux-e2e-world'));
  const kube = createKubeClient({
    connection: await loadConnection({ env: {}, path: kubeconfig() }),
  });
  const running: Running[] = [];
  const workload: World['workload'] = (image, annotations = {}) =>
    JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'app', namespace: name, annotations },
      spec: {
        selector: { matchLabels: { name: 'app' } },
        template: {
          metadata: { labels: { name: 'app' } },
          spec: { containers: [{ name: 'app', image }], imagePullSecrets: [{ name: 'pull' }] },
        },
      },
    });
  const start = (
    program: 'fluxd' | 'helm-operator',
    within: readonly string[],
    env: Readonly<Record<string, string>>,
    args: readonly string[],
  ): Running => {
    const started = startCommand({
      name: program,
      command: [...within, ...commandOf(program)],
      args,
      env: { KUBECONFIG: kubeconfig(), HOME: folder, ...env },
      logFile: path.join(folder, `${program}-${running.length}.log`),
    });
    running.push(started);
    return started;
  };
  const repository = await makeRepository(folder);
  await repository.commit(
    'namespace.yaml',
    JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
  );
  return {
    folder,
    kube,
    namespace: name,
    repository,
    workload,
    startFluxd: async ({ url, args = [], env = {}, within = [] }) => {
      const port = await freePort();
      const program = start('fluxd', within, env, [
        `--listen=127.0.0.1:${port}`,
        `--git-url=${url}`,
        '--git-poll-interval=1s',
        '--sync-interval=2s',
        '--automation-interval=1s',
        `--registry-cache-dir=${path.join(folder, 'images')}`,
        ...args,
      ]);
      const fluxctl: Daemon['fluxctl'] = (...words) => {
        const [command, ...before] = commandOf('fluxctl');
        const url = `--url=http://127.0.0.1:${port}/api/flux`;
        return runToEnd(command, [...before, url, ...words], { HOME: folder }, projectRoot);
      };
      return { ...program, port, fluxctl };
    },
    startOperator: async ({ args = [], env = {}, within = [] }) => {
      const port = await freePort();
      const program = start('helm-operator', within, env, [
        `--listen=127.0.0.1:${port}`,
        `--allow-namespace=${name}`,
        '--git-poll-interval=1s',
        '--charts-sync-interval=3s',
        '--log-release-diffs',
        ...args,
      ]);
      return { ...program, port };
    },
    logs: () =>
      running.map((program) => `${program.name}:\n${program.log().slice(-8000)}`).join('\n'),
    synced: async () => {
      await vi.waitFor(async () => {
        expect(running.map((program) => program.exit())).not.toContainEqual(expect.anything());
        await repository.git('fetch', '--quiet', '--force', '--tags', 'origin');
        expect(await repository.git('rev-parse', 'flux-sync^{commit}')).toBe(
          await repository.git('rev-parse', 'origin/master'),
        );
      }, waiting);
    },
    close: async () => {
      await Promise.all(running.map((program) => program.stop()));
      for (const program of running) await keepOutput(program.name, program.log());
      await kube.delete({ apiVersion: 'v1', kind: 'Namespace', name }).finally(() => kube.close());
      // Agents that gpg has started and that would outlive the folder.
      for (const home of ['gpg', 'daemon-gpg'])
        await runToEnd(
          'gpgconf',
          ['--kill', 'all'],
          { GNUPGHOME: path.join(folder, home) },
          folder,
        );
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function makeRepository(folder: string): Promise<ConfigRepository> {
  const [bare, clone] = [path.join(folder, 'config.git'), path.join(folder, 'clone')];
  const env = {
    HOME: folder,
    GNUPGHOME: path.join(folder, 'gpg'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'You',
    GIT_AUTHOR_EMAIL: 'you@example.com',
    GIT_COMMITTER_NAME: 'You',
    GIT_COMMITTER_EMAIL: 'you@example.com',
  };
  await mkdir(clone);
  const git = (...args: string[]) => runToEnd('git', args, env, clone);
  await git('init', '--quiet', '--bare', '--initial-branch=master', bare);
  await git('-C', bare, 'config', 'http.receivepack', 'true');
  await git('init', '--quiet', '--initial-branch=master');
  await git('remote', 'add', 'origin', bare);
  return {
    bare,
    git,
    commit: async (file, text, ...options) => {
      await git('fetch', '--quiet', 'origin');
      await git('reset', '--quiet', '--hard', 'origin/master').catch(() => 'nothing there yet');
      await writeFile(path.join(clone, file), `${text}\n`);
      await git('add', '--all');
      await git('commit', '--quiet', `--message=Change ${file}`, ...options);
      await git('push', '--quiet', 'origin', 'HEAD:master');
      return (await git('rev-parse', 'HEAD')).trim();
    },
    log: async () => {
      await git('fetch', '--quiet', 'origin');
      return (await git('log', '--format=%an: %s', 'origin/master')).trim().split('\n');
    },
  };
}
