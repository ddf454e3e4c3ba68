/** What a repository would change in a real cluster: nothing is written there. */
import { createHelmEngine } from '../../lib/helm/action/mod.ts';
import type { KubeClient } from '../../lib/kube/mod.ts';
import { KubeError } from '../../lib/kube/mod.ts';
import {
  formatApiVersion,
  helmReleaseApiVersion,
  releaseNameOf,
  targetNamespaceOf,
} from '../../lib/objects/mod.ts';
import type { HelmRelease, KubeObject } from '../../lib/objects/mod.ts';
import { inParallel, isRecord } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { markLabel, markOf } from '../../lib/wire/mod.ts';
import { idOf, manifestsOf } from '../simulation/outcome.ts';
import type { Problem, Simulation } from '../simulation/outcome.ts';
import { appliedBy, cleaned, withoutMarks } from './applied.ts';
import { releaseState } from './compare.ts';

export interface ClusterStates {
  before: Map<string, KubeObject>;
  after: Map<string, KubeObject>;
  problems: Problem[];
}

const manager = 'flux';

/** The cluster as it is, and as it would be: by dry-run applies, so that defaults and other managers' fields are no difference. */
export async function clusterStates(
  simulated: Simulation,
  { kube, clock, setName }: { kube: KubeClient; clock: Clock; setName: string },
): Promise<ClusterStates> {
  const [before, after] = [new Map<string, KubeObject>(), new Map<string, KubeObject>()];
  const problems: Problem[] = [];
  await inParallel(simulated.objects, 8, async ({ id, object }) => {
    const desired = appliedBy(object, manager);
    const { apiVersion, kind, metadata } = desired;
    const live = await kube.get({
      ...{ apiVersion, kind, name: metadata.name ?? '' },
      namespace: metadata.namespace,
    });
    if (live !== undefined) before.set(id, shown({ ...live, apiVersion, kind }));
    try {
      const options = { fieldManager: manager, force: true, dryRun: true };
      const result = live === undefined ? desired : await kube.apply(desired, options);
      after.set(id, live === undefined ? desired : shown({ ...result, apiVersion, kind }));
    } catch (thrown) {
      if (!(thrown instanceof KubeError)) throw thrown;
      problems.push({ level: 'error', subject: id, message: thrown.message });
      after.set(id, desired);
    }
  });
  const known = new Set(simulated.objects.map(({ id }) => id));
  const gone = await removedObjects(kube, setName, known);
  for (const object of gone) before.set(idOf(object), shown(object));
  const releases = await releasesOf(kube, clock, simulated, gone);
  for (const [subject, object] of releaseState(releases)) before.set(subject, object);
  for (const [subject, object] of releaseState(simulated.releases)) after.set(subject, object);
  return { before, after, problems };
}

const shown = (object: KubeObject) => withoutMarks(cleaned(object));

/** Objects with this repository's mark that are in it no longer. */
async function removedObjects(
  kube: KubeClient,
  setName: string,
  known: ReadonlySet<string>,
): Promise<KubeObject[]> {
  const types = (await kube.resourceTypes()).filter(
    ({ verbs }) => verbs.includes('list') && verbs.includes('delete'),
  );
  const found: KubeObject[] = [];
  await inParallel(types, 8, async ({ group, version, kind }) => {
    const of = { apiVersion: formatApiVersion(group, version), kind };
    let items: KubeObject[];
    try {
      ({ items } = await kube.list(of, { labelSelector: markLabel }));
    } catch (thrown) {
      // A kind that may not be listed, or whose server is down, is none that fluxd would delete.
      if (thrown instanceof KubeError) return;
      throw thrown;
    }
    for (const item of items) {
      const object = { ...item, ...of };
      const id = idOf(object);
      if (!known.has(id) && object.metadata.labels?.[markLabel] === markOf(setName, id))
        found.push(object);
    }
  });
  return found;
}

/** The releases of the cluster that the simulated ones stand for, and those that would go. */
async function releasesOf(
  kube: KubeClient,
  clock: Clock,
  simulated: Simulation,
  gone: readonly KubeObject[],
) {
  const concerned = new Set([
    ...simulated.releases.map(({ namespace, name }) => `${namespace}/${name}`),
    ...gone.filter(isHelmRelease).map((one) => `${targetNamespaceOf(one)}/${releaseNameOf(one)}`),
  ]);
  if (concerned.size === 0) return [];
  const engine = createHelmEngine({ kube, clock, log: () => undefined });
  return (await engine.list({}))
    .filter(({ namespace, name }) => concerned.has(`${namespace}/${name}`))
    .map((release) => ({
      namespace: release.namespace,
      name: release.name,
      manifest: manifestsOf(release),
    }));
}

const isHelmRelease = (object: KubeObject): object is HelmRelease =>
  object.apiVersion === helmReleaseApiVersion &&
  object.kind === 'HelmRelease' &&
  isRecord((object as { spec?: unknown }).spec);

/** What a simulation needs of a cluster: its kinds and namespaces, and what its HelmReleases take values from. */
export async function givenByCluster(kube: KubeClient): Promise<KubeObject[]> {
  const definition = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
  const namespace = { apiVersion: 'v1', kind: 'Namespace' };
  const found: KubeObject[] = [];
  for (const of of [definition, namespace])
    for (const item of (await kube.list(of)).items) found.push(bare({ ...item, ...of }));
  if ((await kube.resourceType(helmReleaseKind)) === undefined) return found;
  const wanted = new Map<string, { kind: string; namespace: string; name: string }>();
  for (const one of (await kube.list<HelmRelease>(helmReleaseKind)).items)
    for (const ref of valuesOf(one)) wanted.set(JSON.stringify(ref), ref);
  for (const ref of wanted.values()) {
    const object = await kube.get({ apiVersion: 'v1', ...ref });
    if (object !== undefined) found.push(bare({ ...object, apiVersion: 'v1', kind: ref.kind }));
  }
  return found;
}

const helmReleaseKind = { apiVersion: helmReleaseApiVersion, kind: 'HelmRelease' };

/** As somebody would apply it: without marks, so that nothing passes for the repository's. */
function bare(object: KubeObject): KubeObject {
  const { ownerReferences, finalizers, ...metadata } = withoutMarks(cleaned(object)).metadata;
  void [ownerReferences, finalizers];
  return { ...cleaned(object), metadata };
}

function valuesOf({ metadata, spec }: HelmRelease) {
  const home = metadata.namespace;
  return [
    ...(spec.valueFileSecrets ?? []).map(({ name }) => ({ kind: 'Secret', namespace: home, name })),
    ...(spec.valuesFrom ?? []).flatMap(({ configMapKeyRef, secretKeyRef }) => [
      ...[
        { kind: 'ConfigMap', ref: configMapKeyRef },
        { kind: 'Secret', ref: secretKeyRef },
      ].flatMap(({ kind, ref }) =>
        ref === undefined ? [] : [{ kind, namespace: ref.namespace || home, name: ref.name }],
      ),
    ]),
  ];
}
