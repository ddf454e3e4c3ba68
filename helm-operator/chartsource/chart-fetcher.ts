/** The chart of each HelmRelease, wherever it comes from, and which of them are touched when a mirror moves. */
import path from 'node:path';
import { createOciTransport, updateDependencies } from '../../lib/helm/fetch/mod.ts';
import type { HttpCredentials, Mirror } from '../../lib/git/mod.ts';
import { objectKey } from '../../lib/kube/mod.ts';
import type { KubeReader } from '../../lib/kube/mod.ts';
import type { HelmRelease } from '../../lib/objects/mod.ts';
import type { Clock, Logger } from '../../lib/runtime/mod.ts';
import { OperatorError, safeMessage } from '../errors.ts';
import { createGitCharts } from './git-charts.ts';
import type { FindAccess } from './imports.ts';
import { createMirrors } from './mirrors.ts';
import { createRepositoryCharts } from './repository-charts.ts';
import { chartSourceOf } from './source.ts';
import type { ChartSource, FetchedChart } from './source.ts';

export interface ChartFetcherOptions {
  clock: Clock;
  log: Logger;
  env: Readonly<Record<string, string | undefined>>;
  workFolder: string;
  gitTimeoutMs: number;
  gitDefaultRef: string;
  updateChartDeps: boolean;
  /** Whether credentials may come from Secrets of other namespaces. */
  crossNamespaceRefs: boolean;
  repositoryAccess: FindAccess;
  /** How long an answer of a chart repository serves all who ask the same, in milliseconds. */
  sharedMs: number;
  /** All HelmReleases there are now. */
  releases: () => readonly HelmRelease[];
  /** Called for a HelmRelease that a look may be worth: its chart has moved, or could not be had when it was wanted last. */
  onChanged: (key: string, change: { moved: boolean }) => void;
  /** Called after each clone and fetch, with whether it went well. */
  onMirror: (ready: boolean) => void;
}

export interface ChartFetcher {
  /**
   * @param kube with whose rights Secrets are read
   * @throws OperatorError `ChartSourceInvalid`, `ChartFetchFailed`; GitError; HelmError
   */
  fetch(hr: HelmRelease, kube: KubeReader): Promise<FetchedChart>;
  /** Whether the chart could not be had when it was wanted last. */
  hasFailed(key: string): boolean;
  forget(key: string): void;
  /** The next fetch asks the source anew, however lately it was asked. */
  renew(key: string): void;
  /** Fetches all mirrors, and lets what failed be tried again. */
  refreshAll(signal?: AbortSignal): Promise<void>;
  /** Removes mirrors that no HelmRelease uses any more. */
  dropUnused(): Promise<void>;
  close(): Promise<void>;
}

type GitSource = Extract<ChartSource, { kind: 'git' }>;

/** What is remembered of the last fetch for a HelmRelease. */
interface Seen {
  /** `spec.chart` as text. */
  asked: string;
  /** Tree of a chart from Git. */
  tree: string | undefined;
  failed: boolean;
}

export function createChartFetcher(options: ChartFetcherOptions): ChartFetcher {
  const { clock, log, workFolder, releases } = options;
  const seen = new Map<string, Seen>();
  const defaults = { ref: options.gitDefaultRef, updateDependencies: options.updateChartDeps };

  const mirrors = createMirrors({
    env: options.env,
    timeoutMs: options.gitTimeoutMs,
    parentFolder: workFolder,
    log,
    onMirror: options.onMirror,
    onRefreshed: (name, mirror) => {
      announce(name, mirror).catch((thrown: unknown) => {
        log.log({
          error: 'failed to get HelmRelease resources for mirror',
          err: safeMessage(thrown),
        });
      });
    },
  });
  const cacheFolder = path.join(workFolder, 'repositories');
  const repositoryCharts = createRepositoryCharts({
    parentFolder: workFolder,
    clock,
    sharedMs: options.sharedMs,
  });
  const oci = createOciTransport({
    credentialsFor: (host) =>
      Promise.resolve(options.repositoryAccess(`oci://${host}`)?.credentials),
  });
  const gitCharts = createGitCharts({
    parentFolder: workFolder,
    updateDependencies: (folder) =>
      updateDependencies(folder, {
        cacheFolder,
        clock,
        credentialsFor: (url) => options.repositoryAccess(url)?.credentials,
        oci,
      }),
  });

  const gitSourceOf = (hr: HelmRelease): GitSource | undefined => {
    try {
      const source = chartSourceOf(hr, defaults);
      return source.kind === 'git' ? source : undefined;
    } catch (thrown) {
      // Its own reconcile reports it.
      if (thrown instanceof OperatorError) return undefined;
      throw thrown;
    }
  };

  const announce = async (name: string, mirror: Mirror): Promise<void> => {
    for (const hr of releases()) {
      const key = objectKey(hr);
      const source = gitSourceOf(hr);
      if (source === undefined || !seen.has(key) || mirrorName(source) !== name) continue;
      const head = await mirror.resolve(source.ref);
      const tree = head === undefined ? undefined : await mirror.treeId(head, source.path);
      // What was seen may have become this tree in the meantime.
      const before = seen.get(key);
      if (before === undefined) continue;
      const moved = before.tree !== tree;
      if (before.failed || moved) options.onChanged(key, { moved: moved && !before.failed });
    }
  };

  const credentialsOf = async (
    kube: KubeReader,
    hr: HelmRelease,
    ref: { name: string; namespace: string },
  ): Promise<HttpCredentials> => {
    if (!options.crossNamespaceRefs && ref.namespace !== hr.metadata.namespace) {
      throw new OperatorError(
        'ChartFetchFailed',
        ref.name,
        `git auth error: secret ${ref.namespace}/${ref.name} is refused: the operator does not read from other namespaces (--no-cross-namespace-refs)`,
      );
    }
    const secret = await kube.get({ apiVersion: 'v1', kind: 'Secret', ...ref });
    const data = (secret?.data ?? {}) as Record<string, unknown>;
    const decode = (key: string) => {
      const value = data[key];
      if (typeof value === 'string') return Buffer.from(value, 'base64').toString('utf8').trim();
      throw new OperatorError(
        'ChartFetchFailed',
        ref.name,
        `git auth error: could not find ${key} key in secret ${ref.namespace}/${ref.name}`,
      );
    };
    return { username: decode('username'), password: decode('password') };
  };

  const fromGit = async (
    kube: KubeReader,
    hr: HelmRelease,
    source: GitSource,
    isOther: boolean,
  ) => {
    const { secretRef } = source;
    const mirror = await mirrors.ready(mirrorName(source), source.url, async () =>
      secretRef === undefined ? undefined : credentialsOf(kube, hr, secretRef),
    );
    const head = await mirror.resolve(source.ref);
    const isThere = head !== undefined && (await mirror.treeId(head, source.path)) !== undefined;
    // A HelmRelease may be quicker than the poll of the repository that its chart has just been pushed to.
    if (isOther || !isThere) await mirror.refresh();
    const lastAttempted = hr.status?.lastAttemptedRevision ?? '';
    const fetched = await gitCharts.fetch(mirror, { ...source, lastAttempted });
    return { fetched, tree: await mirror.treeId(fetched.revision, source.path) };
  };

  const fromRepository = async (
    kube: KubeReader,
    hr: HelmRelease,
    source: Extract<ChartSource, { kind: 'repository' }>,
  ) => {
    const { pullSecret } = source;
    const imported = options.repositoryAccess(source.url) ?? {};
    const access =
      pullSecret === undefined
        ? imported
        : {
            ...imported,
            credentials: await credentialsOf(kube, hr, {
              name: pullSecret,
              namespace: hr.metadata.namespace,
            }),
          };
    const archive = await repositoryCharts.fetch(source, access);
    const lastAttempted = hr.status?.lastAttemptedRevision ?? '';
    const changed = lastAttempted !== '' && archive.revision !== lastAttempted;
    return { fetched: { ...archive, changed, file: undefined }, tree: undefined };
  };

  return {
    fetch: async (hr, kube) => {
      const key = objectKey(hr);
      const asked = JSON.stringify(hr.spec.chart);
      const before = seen.get(key);
      const isOther = before !== undefined && before.asked !== asked;
      seen.set(key, { asked, tree: before?.tree, failed: true });
      const source = chartSourceOf(hr, defaults);
      if (source.kind === 'repository' && source.instead !== undefined && before?.asked !== asked) {
        log.log({
          warning: `the chart repository ${source.instead} was retired; ${source.url} is used in its place`,
          resource: key,
        });
      }
      const { fetched, tree } =
        source.kind === 'git'
          ? await fromGit(kube, hr, source, isOther)
          : await fromRepository(kube, hr, source);
      seen.set(key, { asked, tree, failed: false });
      return fetched;
    },
    hasFailed: (key) => seen.get(key)?.failed === true,
    forget: (key) => {
      seen.delete(key);
    },
    renew: (key) => {
      const before = seen.get(key);
      if (before !== undefined) seen.set(key, { ...before, asked: '' });
      repositoryCharts.renew();
    },
    refreshAll: async (signal) => {
      repositoryCharts.renew();
      for (const [key, { failed }] of seen) if (failed) options.onChanged(key, { moved: false });
      await mirrors.refreshAll(signal);
    },
    dropUnused: () =>
      mirrors.keepOnly(
        new Set(
          releases().flatMap((hr) => {
            const source = gitSourceOf(hr);
            return source === undefined ? [] : [mirrorName(source)];
          }),
        ),
      ),
    close: () => mirrors.close(),
  };
}

function mirrorName({ url, secretRef }: GitSource): string {
  return secretRef === undefined ? url : `${secretRef.namespace}/${secretRef.name}/${url}`;
}
