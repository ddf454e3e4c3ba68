/** The fluxd that syncs an object: each tells its repository by its flags, and marks objects with a hash of it. */
import { safeUrl } from '../../lib/git/mod.ts';
import { KubeError } from '../../lib/kube/mod.ts';
import type { KubeClient } from '../../lib/kube/mod.ts';
import {
  clusterScope,
  formatApiVersion,
  formatResourceId,
  resourceId,
} from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { inParallel } from '../../lib/runtime/mod.ts';
import { markLabel, markOf, syncSetName } from '../../lib/wire/mod.ts';
import { annotationOf, at, eachAt } from './read.ts';

export interface Fluxd {
  namespace: string;
  name: string;
  /** Without credentials. */
  url: string;
  branch: string;
  paths: string[];
  syncTag: string;
  /** Name of the Secret that says what was synced; '' when the tag does. */
  stateSecret: string;
}

/** Flags of a container's command line, by name; those given several times with all values. Pure. */
export function flagsOf(args: readonly string[]): Map<string, string[]> {
  const flags = new Map<string, string[]>();
  args.forEach((arg, place) => {
    const match = /^--([a-z0-9-]+)(?:=(.*))?$/s.exec(arg);
    if (match === null) return;
    const [, name = '', value] = match;
    const next = args[place + 1];
    const given = value ?? (next === undefined || next.startsWith('-') ? 'true' : next);
    flags.set(name, [...(flags.get(name) ?? []), given]);
  });
  return flags;
}

/** @returns `undefined` for a Deployment that is no fluxd. Pure. */
export function fluxdOf(deployment: KubeObject): Fluxd | undefined {
  for (const container of eachAt(deployment, 'spec', 'template', 'spec', 'containers')) {
    const words = [at(container, 'command'), at(container, 'args')].flatMap((list) =>
      Array.isArray(list) ? list.map(String) : [],
    );
    const flags = flagsOf(words);
    const last = (name: string, byDefault: string) => flags.get(name)?.at(-1) ?? byDefault;
    const url = last('git-url', '');
    if (url === '') continue;
    const isReadonly = last('git-readonly', 'false') === 'true';
    const state = last('sync-state', isReadonly ? 'secret' : 'git');
    const { namespace = '', name = '' } = deployment.metadata;
    return {
      namespace,
      name,
      url: safeUrl(url),
      branch: last('git-branch', 'master'),
      paths: (flags.get('git-path') ?? []).flatMap((paths) => paths.split(',')).filter(Boolean),
      syncTag: last('git-sync-tag', last('git-label', 'flux-sync')),
      stateSecret: state === 'secret' ? last('k8s-secret-name', 'flux-git-deploy') : '',
    };
  }
  return undefined;
}

/** @returns the one whose mark it is; `undefined` when none is here, or it does not say */
export async function findFluxd(
  kube: KubeClient,
  mark: string,
  id: string,
): Promise<Fluxd | undefined> {
  const { items } = await kube.list({ apiVersion: 'apps/v1', kind: 'Deployment' });
  return items
    .flatMap((each) => fluxdOf(each) ?? [])
    .find(({ url, branch, paths }) => markOf(syncSetName(url, branch, paths), id) === mark);
}

/** Everything in the cluster that carries the mark of its repository. */
export async function syncedObjects(
  kube: KubeClient,
  { url, branch, paths }: Fluxd,
): Promise<KubeObject[]> {
  const setName = syncSetName(url, branch, paths);
  const types = (await kube.resourceTypes()).filter(({ verbs }) => verbs.includes('list'));
  const found = await inParallel(types, 8, async ({ group, version, kind }) => {
    const of = { apiVersion: formatApiVersion(group, version), kind };
    try {
      const { items } = await kube.listMetadata(of, { labelSelector: markLabel });
      return items.map((item) => ({ ...item, ...of }));
    } catch (thrown) {
      // A kind that may not be listed, or whose server is down, is none that fluxd syncs.
      if (thrown instanceof KubeError) return [];
      throw thrown;
    }
  });
  return found
    .flat()
    .filter((each) => each.metadata.labels?.[markLabel] === markOf(setName, fluxId(each)));
}

/** As fluxd calls an object. */
export const fluxId = ({ kind, metadata: { namespace, name = '' } }: KubeObject): string =>
  formatResourceId(resourceId(namespace ?? clusterScope, kind, name));

/** The revision that was synced last; '' when only the repository's tag tells. */
export async function syncedRevision(
  kube: KubeClient,
  { namespace, stateSecret }: Fluxd,
): Promise<string> {
  if (stateSecret === '') return '';
  const ref = { apiVersion: 'v1', kind: 'Secret', namespace, name: stateSecret };
  const secret = await kube.get(ref);
  return secret === undefined ? '' : annotationOf(secret, 'flux.weave.works/sync-hwm');
}
