/**
 * fluxd and fluxctl as programs, with a repository and a namespace of their own, for tests that see what people see.
 *
 * Git server and registry are the sandbox's; the cluster is the sandbox, or a real API server.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createKubeClient, loadConnection } from '../lib/kube/mod.ts';
import type { KubeClient } from '../lib/kube/mod.ts';
import { commandOf } from '../hack/programs.ts';
import { readDocuments } from '../lib/manifest/mod.ts';
import type { KubeObject } from '../lib/objects/mod.ts';
import { memoryLogger, runProgram, systemClock } from '../lib/runtime/mod.ts';
import { startSandbox } from '../sandbox/mod.ts';
import type { SandboxRegistry } from '../sandbox/mod.ts';
import { gitIn } from './_git.ts';
import { freePort } from './_kills.ts';
import { startDaemonProcess } from './_process.ts';
import type { DaemonProcess } from './_process.ts';

export interface Fluxctl {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface WorldDaemon extends DaemonProcess {
  fluxctl(...args: string[]): Promise<Fluxctl>;
}

/** Texts by path; `undefined` removes the file. */
export type Files = Readonly<Record<string, string | undefined>>;

export interface World {
  namespace: string;
  /** Of the config repository, over HTTP. */
  url: string;
  /** In a clone of it that the test owns. */
  git(...args: string[]): Promise<string>;
  /** Commits and pushes what differs. @param options of `git commit` @returns the revision */
  push(files: Files, ...options: string[]): Promise<string>;
  /** A file as it is on master. */
  file(name: string): Promise<string>;
  /** Where the sync tag stands on the server; empty when there is none. */
  tag(name: string): Promise<string>;
  start(args?: readonly string[], env?: Readonly<Record<string, string>>): Promise<WorldDaemon>;
  close(): Promise<void>;
}

export interface Worlds {
  home: string;
  kube: KubeClient;
  registry: SandboxRegistry;
  /** Runs the bundled fluxctl. */
  fluxctl(...args: string[]): Promise<Fluxctl>;
  open(): Promise<World>;
  close(): Promise<void>;
}

/** @param file kubeconfig of a real API server; the sandbox when it is not given */
export async function openWorlds(file: string | undefined): Promise<Worlds> {
  const home = await mkdtemp(path.join(tmpdir(), 'fluxd-suites'));
  const sandbox = await startSandbox({ clock: systemClock, log: memoryLogger(), env: process.env });
  const kubeconfig = file ?? path.join(home, 'kubeconfig');
  if (file === undefined) await writeFile(kubeconfig, sandbox.api.kubeconfig, { mode: 0o600 });
  const kube = createKubeClient({
    connection: await loadConnection({ env: {}, path: kubeconfig }),
  });
  const crd = await readFile(path.join(import.meta.dirname, '../crds/helmreleases.yaml'), 'utf8');
  for (const document of readDocuments(crd))
    await kube.apply(document as KubeObject, { fieldManager: 'test', force: true });
  kube.invalidateDiscovery();
  const fluxctl = async (...args: string[]): Promise<Fluxctl> => {
    const [program, ...before] = commandOf('fluxctl');
    const { exitCode, stdout, stderr } = await runProgram(program, [...before, ...args], {
      cwd: home,
      env: { PATH: process.env.PATH ?? '', HOME: home, GIT_CONFIG_NOSYSTEM: '1' },
      timeoutMs: 120_000,
    });
    return { exitCode: exitCode ?? -1, stdout: stdout.toString(), stderr: stderr.toString() };
  };

  const open = async (): Promise<World> => {
    const namespace = `demo-${randomBytes(4).toString('hex')}`;
    const work = path.join(home, namespace);
    await mkdir(work);
    const url = await sandbox.git.createRepository(namespace);
    const git = gitIn(work, home);
    await git('init', '--quiet', '--initial-branch=master');
    await git('remote', 'add', 'origin', url);
    const running: DaemonProcess[] = [];
    return {
      namespace,
      url,
      git,
      push: async (files, ...options) => {
        if ((await git('ls-remote', 'origin', 'refs/heads/master')) !== '') {
          await git('fetch', '--quiet', 'origin', 'master');
          await git('reset', '--quiet', '--hard', 'FETCH_HEAD');
        }
        for (const [name, text] of Object.entries(files)) {
          const at = path.join(work, name);
          await mkdir(path.dirname(at), { recursive: true });
          if (text === undefined) await rm(at);
          else await writeFile(at, text);
        }
        await git('add', '--all');
        await git('commit', '--quiet', '--message=Change', ...options);
        await git('push', '--quiet', 'origin', 'HEAD:master');
        return git('rev-parse', 'HEAD');
      },
      file: async (name) => {
        await git('fetch', '--quiet', 'origin', 'master');
        return git('show', `FETCH_HEAD:${name}`);
      },
      tag: async (name) =>
        (await git('ls-remote', 'origin', `refs/tags/${name}^{}`)).split('\t')[0] ?? '',
      start: async (args = [], env = {}) => {
        const port = await freePort();
        const daemon = startDaemonProcess({
          env: {
            ...{ HOME: home, TMPDIR: home, GIT_CONFIG_NOSYSTEM: '1', KUBECONFIG: kubeconfig },
            ...env,
          },
          args: [
            ...[`--git-url=${url}`, '--git-branch=master', '--git-poll-interval=500ms'],
            ...['--sync-interval=1s', `--registry-cache-dir=${path.join(work, '.git', 'images')}`],
            ...args,
            `--listen=127.0.0.1:${port}`,
          ],
        });
        running.push(daemon);
        return {
          ...daemon,
          fluxctl: (...words) => fluxctl(`--url=http://127.0.0.1:${port}/api/flux`, ...words),
        };
      },
      close: async () => {
        await Promise.all(running.map((daemon) => daemon.end('SIGTERM')));
        await kube.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
      },
    };
  };
  return {
    home,
    kube,
    registry: sandbox.registry,
    fluxctl,
    open,
    close: async () => {
      await kube.close();
      await sandbox.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
