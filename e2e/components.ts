/**
 * The programs of a control plane: from KUBEBUILDER_ASSETS, from PATH, from an earlier build, or built now.
 *
 * Builds are of the Go modules in control-plane/ and are kept below the user's cache folder, by version.
 */
import { accessSync, constants } from 'node:fs';
import { cp, mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { runProgram } from '../lib/runtime/mod.ts';
import { projectRoot } from '../demo/mod.ts';
import { quickBuild, quickLink, quickly } from '../hack/go.ts';

export interface Components {
  etcd: string;
  apiServer: string;
  controllerManager: string;
}

/** A module in control-plane/ and the version of Kubernetes that it requires. */
export interface Release {
  module: 'newest' | 'oldest';
  version: string;
}

export const newest: Release = { module: 'newest', version: 'v1.34.4' };
/** Of the series 1.22, with which our range begins: the last one whose modules are all published. */
export const oldest: Release = { module: 'oldest', version: 'v1.22.15' };

const programs = ['kube-apiserver', 'kube-controller-manager'] as const;
const packages = programs.map((name) => `k8s.io/kubernetes/cmd/${name}`);
const buildTimeoutMs = 60 * 60_000;

type Env = Readonly<Record<string, string | undefined>>;
type Say = (text: string) => void;

/**
 * Only the newest release may be the machine's own, whatever version that is.
 *
 * @throws Error that says what to install
 */
export async function findComponents(release: Release, env: Env, say: Say): Promise<Components> {
  const etcd = lookFor('etcd', folders(env));
  if (etcd === undefined) {
    throw new Error(
      'etcd is missing: run e2e/setup.sh (Debian), or set KUBEBUILDER_ASSETS to a folder that has it',
    );
  }
  const own = release.module === 'newest' ? folders(env) : [];
  const cache = path.join(
    env.XDG_CACHE_HOME ?? path.join(env.HOME ?? homedir(), '.cache'),
    'reflux-e2e',
    release.version,
  );
  const find = () => programs.map((name) => lookFor(name, [...own, cache]));
  let [apiServer, controllerManager] = find();
  if (apiServer === undefined || controllerManager === undefined) {
    await build(release, cache, env, say);
    [apiServer = '', controllerManager = ''] = find();
  }
  return { etcd, apiServer, controllerManager };
}

async function build(release: Release, cache: string, env: Env, say: Say): Promise<void> {
  if (lookFor('go', folders(env)) === undefined) {
    throw new Error(
      `${programs.join(' and ')} are missing and there is no Go to build them with: set KUBEBUILDER_ASSETS to a folder that has them, or install Go`,
    );
  }
  const source = path.join(cache, 'source');
  await rm(source, { recursive: true, force: true });
  await mkdir(source, { recursive: true });
  await cp(path.join(projectRoot, 'e2e/control-plane', release.module), source, {
    recursive: true,
  });
  const go = (...args: string[]) => run('go', args, source, env);
  if (release.module === 'oldest') await completeSource(source, go, env);
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/.exec(release.version) ?? [];
  const version = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap(
    (room) =>
      [`gitVersion=${release.version}`, `gitMajor=${major}`, `gitMinor=${minor}`].map(
        (flag) => `-X ${room}.${flag}`,
      ),
  );
  say(`building ${programs.join(' and ')} ${release.version}; this takes some minutes, once`);
  await go(
    'build',
    ...quickBuild,
    '-ldflags',
    [quickLink, ...version].join(' '),
    '-o',
    `${source}/`,
    ...packages,
  );
  for (const name of programs) await rename(path.join(source, name), path.join(cache, name));
  await rm(source, { recursive: true });
}

const kubernetes = 'k8s.io/kubernetes';
const generated = 'pkg/generated/openapi';

/**
 * Until 1.23 the published module lacks the one file that Kubernetes' makefile generates and does not keep: the OpenAPI
 * definitions of all types that ask for one. It is made here by the generator of that time, in a copy of the module.
 */
async function completeSource(
  source: string,
  go: (...args: string[]) => Promise<string>,
  env: Env,
): Promise<void> {
  const [apiServer = ''] = packages;
  const listed = await go('list', '-deps', '-f', '{{.ImportPath}} {{.Dir}}', apiServer);
  const wanted: string[] = [];
  for (const line of listed.split('\n')) {
    const [name = '', folder = ''] = line.split(' ');
    if (name.startsWith('k8s.io/') && (await asksForOpenApi(folder))) wanted.push(name);
  }
  const generator = path.join(source, 'openapi-gen');
  await go('build', ...quickBuild, '-o', generator, 'k8s.io/kube-openapi/cmd/openapi-gen');
  const copy = path.join(source, 'kubernetes');
  const published = (await go('list', '-m', '-f', '{{.Dir}}', kubernetes)).trim();
  // Modules are kept read-only.
  await run('cp', ['--recursive', '--no-preserve=mode', published, copy], source, env);
  await run(
    generator,
    [
      '--go-header-file=/dev/null',
      `--input-dirs=${wanted.join(',')}`,
      `--output-base=${copy}`,
      `--output-package=${generated}`,
      '--output-file-base=zz_generated.openapi',
      '--report-filename=/dev/null',
    ],
    source,
    env,
  );
  await go('mod', 'edit', `-replace=${kubernetes}=./kubernetes`);
}

async function asksForOpenApi(folder: string): Promise<boolean> {
  const files = (await readdir(folder)).filter((name) => /(?<!_test)\.go$/.test(name));
  for (const name of files) {
    const text = await readFile(path.join(folder, name), 'utf8');
    if (text.includes('+k8s:openapi-gen=')) return true;
  }
  return false;
}

/** @returns what it prints @throws Error with what it complains of */
async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Env,
): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram(program, args, {
    cwd,
    env: goEnv(env),
    timeoutMs: buildTimeoutMs,
  });
  if (exitCode === 0) return stdout.toString();
  throw new Error(`${path.basename(program)} ${args[0]} failed in ${cwd}:\n${stderr.toString()}`);
}

const goEnv = (env: Env) => ({
  ...quickly(env),
  // The series 1.22 has the SDKs of clouds in it, none of which is used here.
  GOFLAGS: `${env['GOFLAGS'] ?? ''} -tags=providerless`.trim(),
});

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
