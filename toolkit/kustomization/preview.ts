/** What a Kustomization would do with other files: built as ever, tried out on the server, written nowhere. */
import type { KubeClient } from '../../lib/kube/mod.ts';
import { KubeError } from '../../lib/kube/mod.ts';
import { parseApiVersion } from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { inParallel, messageOf } from '../../lib/runtime/mod.ts';
import { readOnlyDraft } from '../runtime/mod.ts';
import { fieldManager, hasDrifted, isForced, isImmutable, withoutNamespace } from './apply.ts';
import { buildObjects } from './build.ts';
import { existingFolder, sourceFiles } from './files.ts';
import { withIgnored } from './ignore-rules.ts';
import { openKeys } from './keys.ts';
import { isMarked, isOwned, mark, withMetadata } from './metadata.ts';
import { normalized } from './normalize.ts';
import { compareIds, idOf, inventoryId, parseInventoryId, refOf, shownId } from './object-id.ts';
import type { ObjectId } from './object-id.ts';
import { readInventory } from './prune.ts';
import { readSpec } from './spec.ts';
import type { KustomizationSpec } from './spec.ts';
import { withoutUndeclared } from './undeclared.ts';
import { loadVariables } from './variables.ts';

export interface PreviewOptions {
  kube: KubeClient;
  /** The Kustomization, perhaps with another spec than the server has. */
  object: KubeObject;
  /** Files by path, as an artifact of the source would have them. */
  files: ReadonlyMap<string, Uint8Array>;
  /** The folder within them, in place of `spec.path`. */
  path: string;
  /** Variables that are not set are refused. */
  strict: boolean;
  /** For keyrings. */
  workFolder: string;
  env: Readonly<Record<string, string | undefined>>;
  now: () => Date;
  signal: AbortSignal;
}

export interface PreviewedObject {
  /** `Kind/namespace/name` */
  shown: string;
  action: 'created' | 'configured' | 'recreated' | 'unchanged' | 'skipped' | 'deleted';
  /** As it is; absent when there is none yet. */
  before?: KubeObject;
  /** As the server would have it; absent for what is deleted. */
  after?: KubeObject;
}

export interface Preview {
  /** In the order of applying, deletions last. */
  objects: PreviewedObject[];
  /** What the server refuses, and why. */
  problems: string[];
}

/** @throws KustomizationError when it cannot be built */
export async function previewKustomization(options: PreviewOptions): Promise<Preview> {
  const { kube, object } = options;
  const draft = readOnlyDraft(object, options.now);
  const spec = readSpec(draft);
  const wanted = (await built(options, spec))
    .map((each) => withMetadata(normalized(each), spec))
    .sort((a, b) => compareIds(idOf(a), idOf(b)));
  const problems: string[] = [];
  const tried = await inParallel(wanted, 8, async (each) => {
    try {
      return await tryOut(options, spec, each, wanted);
    } catch (thrown) {
      if (options.signal.aborted || !(thrown instanceof KubeError)) throw thrown;
      problems.push(`${shownId(idOf(each))} dry-run failed: ${messageOf(thrown)}`);
      return undefined;
    }
  });
  const objects = tried.filter((each) => each !== undefined).map(({ shown }) => shown);
  // What could not be tried out may be among what is there.
  if (!spec.prune || problems.length > 0) return { objects, problems };
  const kept = new Set(tried.flatMap((each) => (each === undefined ? [] : [inventoryId(each.id)])));
  const stale = readInventory(draft.status).filter(({ id }) => !kept.has(id));
  for (const { id, v } of stale) {
    const parsed = parseInventoryId(id);
    const live = parsed === undefined ? undefined : await kube.get(refOf(parsed, v));
    if (parsed === undefined || live === undefined) continue;
    const isKept = !isOwned(live, spec) || isMarked(live, mark.kept);
    const action = isKept ? 'skipped' : 'deleted';
    objects.push({ shown: shownId(parsed), action, before: live });
  }
  return { objects, problems };
}

async function built(options: PreviewOptions, spec: KustomizationSpec): Promise<KubeObject[]> {
  const { kube, env, workFolder } = options;
  const files = sourceFiles(options.files);
  const folder = existingFolder(files, options.path);
  const { namespace, decryption, postBuild } = spec;
  const secretName = decryption?.secretName ?? '';
  const opened = await openKeys({ kube, namespace, secretName, workFolder, env });
  let variables: Promise<Map<string, string>> | undefined;
  try {
    const { objects } = await buildObjects({
      files,
      folder,
      spec,
      decryption: decryption === undefined ? undefined : { keys: opened.keys, macCheck: 'files' },
      variables: () =>
        (variables ??=
          postBuild === undefined
            ? Promise.resolve(new Map())
            : loadVariables(kube, namespace, postBuild)),
      strict: options.strict,
    });
    return objects;
  } finally {
    await opened.close();
  }
}

interface Tried {
  id: ObjectId;
  shown: PreviewedObject;
}

async function tryOut(
  { kube, signal }: PreviewOptions,
  spec: KustomizationSpec,
  given: KubeObject,
  all: readonly KubeObject[],
): Promise<Tried> {
  const type = await kube.resourceType(given);
  const object = type?.namespaced === false ? withoutNamespace(given) : given;
  const id = idOf(object);
  const told = (more: Omit<PreviewedObject, 'shown'>): Tried => ({
    id,
    shown: { shown: shownId(id), ...more },
  });
  // What needs an object of the same set cannot be tried out before that is there.
  if (isOfNewKind(type !== undefined, object, all))
    return told({ action: 'created', after: object });
  const live = await kube.get(refOf(id, parseApiVersion(object.apiVersion).version), { signal });
  if (isMarked(object, mark.excluded) || isMarked(live, mark.excluded))
    return told({ action: 'skipped', ...(live === undefined ? {} : { before: live }) });
  if (live === undefined && (await isInNewNamespace(kube, object, all)))
    return told({ action: 'created', after: object });
  if (live !== undefined && isMarked(object, mark.ifNotPresent))
    return told({ action: 'skipped', before: live });
  const apply = { fieldManager, force: true, dryRun: true, signal };
  let wanted = object;
  let result: KubeObject;
  try {
    result = await kube.apply(wanted, apply);
  } catch (thrown) {
    const declared = withoutUndeclared(object, messageOf(thrown));
    if (declared === undefined) {
      if (live !== undefined && isForced(spec, object, live) && isImmutable(thrown))
        return told({ action: 'recreated', before: live, after: object });
      throw thrown;
    }
    wanted = declared;
    result = await kube.apply(wanted, apply);
  }
  if (live === undefined) return told({ action: 'created', after: result });
  const { differs, adopted } = withIgnored(spec.ignore, { live, result, wanted }, hasDrifted);
  const after = differs && adopted !== wanted ? await kube.apply(adopted, apply) : result;
  return told({ action: differs ? 'configured' : 'unchanged', before: live, after });
}

function isOfNewKind(isServed: boolean, object: KubeObject, all: readonly KubeObject[]): boolean {
  return !isServed && all.some(({ kind }) => kind === 'CustomResourceDefinition');
}

async function isInNewNamespace(
  kube: KubeClient,
  { metadata: { namespace = '' } }: KubeObject,
  all: readonly KubeObject[],
): Promise<boolean> {
  const isAmong = all.some(
    ({ kind, apiVersion, metadata }) =>
      kind === 'Namespace' && apiVersion === 'v1' && metadata.name === namespace,
  );
  return (
    isAmong &&
    (await kube.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace })) === undefined
  );
}
