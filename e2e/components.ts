/**
 * The programs of a control plane: from KUBEBUILDER_ASSETS, from PATH, from an earlier build, or built now.
 *
 * Builds are of the Go module in control-plane/ and are kept below the user's cache folder, by version.
 */
import { accessSync, constants } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { runProgram } from '../lib/runtime/mod.ts';
import { projectRoot } from '../demo/mod.ts';

export interface Components {
  etcd: string;
  apiServer: string;
  controllerManager: string;
}

/** What control-plane/go.mod requires. */
const kubernetesVersion = 'v1.34.4';
const buildTimeoutMs = 30 * 60_000;

type Env = Readonly<Record<string, string | undefined>>;

/** @throws Error that says what to install */
export async function findComponents(env: Env, say: (text: string) => void): Promise<Components> {
  return {
    etcd: findEtcd(env),
    apiServer: await findOrBuild('kube-apiserver', env, say),
    controllerManager: await findOrBuild('kube-controller-manager', env, say),
  };
}

function findEtcd(env: Env): string {
  const found = lookFor('etcd', folders(env));
  if (found !== undefined) return found;
  throw new Error(
    'etcd is missing: install it (Debian: apt-get install etcd-server), or set KUBEBUILDER_ASSETS to a folder that has it',
  );
}

async function findOrBuild(name: string, env: Env, say: (text: string) => void): Promise<string> {
  const cache = path.join(
    env.XDG_CACHE_HOME ?? path.join(env.HOME ?? homedir(), '.cache'),
    'reflux-e2e',
    kubernetesVersion,
  );
  const found = lookFor(name, [...folders(env), cache]);
  if (found !== undefined) return found;
  if (lookFor('go', folders(env)) === undefined) {
    throw new Error(
      `${name} is missing and there is no Go to build it with: set KUBEBUILDER_ASSETS to a folder that has it, or install Go`,
    );
  }
  say(`building ${name} ${kubernetesVersion}; this takes some minutes, once`);
  await mkdir(cache, { recursive: true });
  const built = path.join(cache, name);
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/.exec(kubernetesVersion) ?? [];
  const flags = [`gitVersion=${kubernetesVersion}`, `gitMajor=${major}`, `gitMinor=${minor}`].map(
    (flag) => `-X k8s.io/component-base/version.${flag}`,
  );
  const { exitCode, stderr } = await runProgram(
    'go',
    ['build', '-ldflags', flags.join(' '), '-o', built, `k8s.io/kubernetes/cmd/${name}`],
    {
      cwd: path.join(projectRoot, 'e2e/control-plane'),
      env: { ...env, CGO_ENABLED: '0' },
      timeoutMs: buildTimeoutMs,
    },
  );
  if (exitCode !== 0) throw new Error(`${name} cannot be built:\n${stderr.toString()}`);
  return built;
}

const folders = (env: Env) =>
  [env.KUBEBUILDER_ASSETS ?? '', ...(env.PATH ?? '').split(path.delimiter)].filter(Boolean);

function lookFor(name: string, among: readonly string[]): string | undefined {
  return among.map((folder) => path.join(folder, name)).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
