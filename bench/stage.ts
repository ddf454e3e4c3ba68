/** What measurements stand on: a cluster, and repositories for the programs to clone. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadConnection } from '../lib/kube/mod.ts';
import type { KubeConnection } from '../lib/kube/mod.ts';
import { memoryLogger, systemClock } from '../lib/runtime/mod.ts';
import { startSandbox } from '../sandbox/mod.ts';
import { runToEnd } from '../demo/mod.ts';

export interface BenchCluster {
  kubeconfig: string;
  connection: KubeConnection;
  close(): Promise<void>;
}

/** The cluster of a kubeconfig, or the sandbox when there is none. */
export async function openCluster(kubeconfig: string, folder: string): Promise<BenchCluster> {
  if (kubeconfig !== '') {
    const connection = await loadConnection({ env: {}, path: kubeconfig });
    return { kubeconfig, connection, close: () => Promise.resolve() };
  }
  const sandbox = await startSandbox({ clock: systemClock, log: memoryLogger(), env: process.env });
  const own = path.join(folder, 'kubeconfig');
  await writeFile(own, sandbox.api.kubeconfig, { mode: 0o600 });
  const connection = await loadConnection({ env: {}, path: own });
  return { kubeconfig: own, connection, close: () => sandbox.close() };
}

/** Git's environment, with nothing of the user's. */
export const gitEnv = (folder: string) => ({ HOME: folder, GIT_CONFIG_NOSYSTEM: '1' });

/** Commits all of `work` and makes a bare repository of it. @returns its URL */
export async function bareRepository(work: string, remote: string): Promise<string> {
  const who = ['-c', 'user.name=You', '-c', 'user.email=you@example.com'];
  const git = (...args: string[]) =>
    runToEnd('git', [...who, ...args], gitEnv(path.dirname(remote)), work);
  await git('init', '--quiet', '--initial-branch=master');
  await git('add', '--all');
  await git('commit', '--quiet', '--message=Everything');
  await git('clone', '--quiet', '--bare', work, remote);
  return `file://${remote}`;
}

/** Commits files to master of a repository that can be pushed to. @param clone where the working copy goes */
export async function pushFiles(
  url: string,
  clone: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  await mkdir(clone, { recursive: true });
  const who = ['-c', 'user.name=You', '-c', 'user.email=you@example.com'];
  const git = (...args: string[]) =>
    runToEnd('git', [...who, ...args], gitEnv(path.dirname(clone)), clone);
  await git('clone', '--quiet', url, '.');
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(clone, name)), { recursive: true });
    await writeFile(path.join(clone, name), text);
  }
  await git('add', '--all');
  await git('commit', '--quiet', '--message=Everything');
  await git('push', '--quiet', 'origin', 'HEAD:master');
}
