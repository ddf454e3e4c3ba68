/** A whole repository on the embedded cluster: fluxd syncs it, helm-operator releases its charts, and what came of it is read. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createHelmEngine } from '../../lib/helm/action/mod.ts';
import { createKubeClient, loadConnection } from '../../lib/kube/mod.ts';
import type { KubeClient } from '../../lib/kube/mod.ts';
import { readDocuments } from '../../lib/manifest/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { memoryLogger, messageOf } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { startSandbox } from '../../sandbox/mod.ts';
import { UsageError } from '../errors.ts';
import {
  appliedObjects,
  helmReleases,
  isObject,
  manifestsOf,
  problemsOf,
  settlementOf,
  syncFailure,
} from './outcome.ts';
import type { Problem, Simulation } from './outcome.ts';
import { freePort, startProgram } from './programs.ts';
import type { ProgramCommands, RunningProgram } from './programs.ts';
import { hostSnapshot } from './repository.ts';
import { takeSnapshot } from './snapshot.ts';

export interface SimulationOptions {
  /** The repository, or a folder of it. */
  folder: string;
  /** A commit instead of the files as they are. */
  revision: string | undefined;
  /** As fluxd's `--git-path`; none means the folder. */
  paths: readonly string[];
  /** Further flags of fluxd. */
  fluxdFlags: readonly string[];
  /** What the cluster holds beside the repository: definitions of kinds, namespaces, Secrets with values. */
  given: readonly KubeObject[];
  /** Kubernetes version to simulate, `v1.34.0` when `undefined`. */
  kubernetesVersion: string | undefined;
  programs: ProgramCommands;
  /** File with the definition of the HelmRelease kind. */
  definitions: string;
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  timeoutMs: number;
  /** A failing release may mend itself: for how long nothing has to change before it counts, in milliseconds. */
  quietMs: number;
  /** Told what is being waited for. */
  onProgress: (text: string) => void;
}

/** @throws UsageError when there is nothing to simulate, or a program ends */
export async function simulate(options: SimulationOptions): Promise<Simulation> {
  const home = await mkdtemp(path.join(tmpdir(), 'fluxctl-simulation'));
  const { clock, env, kubernetesVersion } = options;
  const cleanUp: (() => Promise<void>)[] = [() => rm(home, { recursive: true, force: true })];
  try {
    const snapshot = await takeSnapshot({ ...options, into: path.join(home, 'files') });
    options.onProgress('Starting the sandbox ...');
    const sandbox = await startSandbox({
      clock,
      log: memoryLogger(),
      env,
      // Nobody can say here which images there will be; that every one is, is what a release waits for.
      alsoExists: () => true,
      ...(kubernetesVersion === undefined ? {} : { gitVersion: kubernetesVersion }),
    });
    cleanUp.push(() => sandbox.close());
    const kubeconfig = path.join(home, 'kubeconfig');
    await writeFile(kubeconfig, sandbox.api.kubeconfig, { mode: 0o600 });
    const connection = await loadConnection({ env: {}, path: kubeconfig });
    const kube = createKubeClient({ connection });
    cleanUp.push(() => kube.close());
    const definitions = readDocuments(await readFile(options.definitions, 'utf8')).filter(isObject);
    await giveObjects(kube, [...definitions, ...options.given]);
    const operatorHome = path.join(home, 'home');
    await mkdir(operatorHome);
    const repository = await hostSnapshot(snapshot, sandbox.git, operatorHome, env);
    const port = await freePort();
    const own = { ...presentIn(env), KUBECONFIG: kubeconfig, TMPDIR: home };
    const paths = options.paths.length > 0 ? options.paths : [snapshot.below].filter(Boolean);
    const fluxd = startProgram(
      options.programs.fluxd,
      [
        ...['--log-format=json', `--listen=127.0.0.1:${port}`, `--kube-config=${kubeconfig}`],
        ...[`--git-url=${repository.url}`, '--git-poll-interval=1h', '--sync-interval=1s'],
        ...['--registry-disable-scanning', '--sync-timeout=2m'],
        ...paths.map((one) => `--git-path=${one}`),
        ...options.fluxdFlags,
      ],
      own,
    );
    cleanUp.push(() => fluxd.stop());
    const operator = startProgram(
      options.programs.helmOperator,
      [
        ...['--log-format=json', `--listen=127.0.0.1:${await freePort()}`],
        ...[`--kubeconfig=${kubeconfig}`, '--enabled-helm-versions=v3'],
        ...['--status-update-interval=1s', '--charts-sync-interval=5s', '--workers=4'],
      ],
      { ...own, ...homeOf(env), HOME: repository.home },
    );
    cleanUp.push(() => operator.stop());
    const problems = await settled({ fluxd, operator, kube, port }, options);
    return {
      objects: await appliedObjects(kube),
      releases: await releasesOf(kube, clock),
      problems,
    };
  } finally {
    for (const each of cleanUp.reverse()) await each();
  }
}

const presentIn = (env: SimulationOptions['env']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );

/** Programs look for keys in the home folder, which is another one for helm-operator. */
function homeOf({
  HOME,
  GNUPGHOME,
  XDG_CONFIG_HOME,
}: SimulationOptions['env']): Record<string, string> {
  if (HOME === undefined) return {};
  return {
    GNUPGHOME: GNUPGHOME ?? path.join(HOME, '.gnupg'),
    XDG_CONFIG_HOME: XDG_CONFIG_HOME ?? path.join(HOME, '.config'),
  };
}

/** Definitions and namespaces first. */
async function giveObjects(kube: KubeClient, given: readonly KubeObject[]): Promise<void> {
  const rank = ({ kind }: KubeObject) =>
    ['CustomResourceDefinition', 'Namespace'].includes(kind) ? 0 : 1;
  const made = new Set<string>();
  for (const object of [...given].sort((a, b) => rank(a) - rank(b))) {
    const { namespace } = object.metadata;
    if (namespace !== undefined && !made.has(namespace)) {
      made.add(namespace);
      await put(kube, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    }
    await put(kube, object);
    if (object.kind === 'CustomResourceDefinition') kube.invalidateDiscovery();
  }
}

async function put(kube: KubeClient, object: KubeObject): Promise<void> {
  try {
    await kube.apply(object, { fieldManager: 'given', force: true });
  } catch (thrown) {
    const { kind, metadata } = object;
    throw new UsageError(`${kind} ${metadata.name ?? ''} cannot be given: ${messageOf(thrown)}`);
  }
}

interface Running {
  fluxd: RunningProgram;
  operator: RunningProgram;
  kube: KubeClient;
  port: number;
}

const lookMs = 250;

/**
 * Waits until fluxd has synced after the last release was done, or until nothing has changed for a while.
 *
 * @returns what is wrong then
 */
async function settled(running: Running, options: SimulationOptions): Promise<Problem[]> {
  const { fluxd, operator, kube, port } = running;
  const { clock, quietMs, timeoutMs, onProgress } = options;
  const end = clock.now().getTime() + timeoutMs;
  let [seen, told] = ['', ''];
  let since = clock.now().getTime();
  /** The number of syncs that shows one which began after the last release was done. */
  let enough: number | undefined;
  for (;;) {
    for (const [name, program] of Object.entries({ fluxd, 'helm-operator': operator })) {
      const ended = program.ended();
      if (ended !== undefined) throw new UsageError(`${name} ${ended}`);
    }
    const metrics = await readMetrics(port);
    const syncs = syncsIn(metrics);
    const releases = syncs.done === 0 ? [] : await helmReleases(kube);
    const open = releases.filter((one) => settlementOf(one) !== 'done');
    const problems = problemsOf(metrics, fluxd.records(), releases);
    const failure = syncs.failedLast ? syncFailure(fluxd.records()) : undefined;
    if (failure !== undefined) problems.push({ level: 'error', subject: '', message: failure });
    const text =
      syncs.done === 0
        ? 'Waiting for the first sync ...'
        : `Waiting for ${open.length} of ${releases.length} releases ...`;
    if (text !== told && (syncs.done === 0 || open.length > 0)) onProgress(text);
    told = text;
    const now = JSON.stringify([problems, releases.map(settlementOf)]);
    if (now !== seen) {
      seen = now;
      since = clock.now().getTime();
      enough = undefined;
    }
    const pending = open.some((one) => settlementOf(one) === 'pending') || syncs.done === 0;
    if (open.length === 0 && syncs.done > 0) {
      // One may have been running when the last release was done; the one behind it sees everything.
      enough ??= syncs.done + 2;
      if (syncs.done >= enough) return problems;
    }
    const quiet = clock.now().getTime() - since > quietMs;
    if (quiet && problems.length > 0 && (!pending || failure !== undefined)) return problems;
    if (clock.now().getTime() > end) {
      const late = { level: 'error', subject: '', message: 'timeout: not everything has settled' };
      return [...problems, late as Problem];
    }
    await clock.sleep(lookMs);
  }
}

async function readMetrics(port: number): Promise<string> {
  try {
    return await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  } catch {
    // It does not listen yet; when it has ended that is noticed elsewhere.
    return '';
  }
}

function syncsIn(metrics: string): { done: number; failedLast: boolean } {
  const count = (success: boolean) =>
    Number(
      new RegExp(
        `^flux_daemon_sync_duration_seconds_count\\{success="${success}"\\} (\\d+)$`,
        'm',
      ).exec(metrics)?.[1] ?? 0,
    );
  return { done: count(true), failedLast: count(false) > 1 && count(true) === 0 };
}

async function releasesOf(kube: KubeClient, clock: Clock): Promise<Simulation['releases']> {
  const engine = createHelmEngine({ kube, clock, log: () => undefined });
  const found = (await engine.list({})).map((release) => ({
    namespace: release.namespace,
    name: release.name,
    chart: release.chart.metadata.name,
    version: release.chart.metadata.version,
    revision: release.version,
    status: release.info.status,
    manifest: manifestsOf(release),
  }));
  return found.sort((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1));
}
