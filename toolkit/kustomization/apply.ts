/** Applying in stages, each tried out as a whole before anything of it is written (fluxcd/pkg ssa/manager_apply.go). */
import { isDeepStrictEqual } from 'node:util';
import { KubeError } from '../../lib/kube/mod.ts';
import type { KubeClient } from '../../lib/kube/mod.ts';
import { parseApiVersion } from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { inParallel, messageOf } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { KustomizationError } from './errors.ts';
import { waitForSet } from './health.ts';
import { withIgnored } from './ignore-rules.ts';
import { cleanupPatch } from './managed-fields.ts';
import { isMarked, mark } from './metadata.ts';
import { compareIds, idOf, refOf, shownId, stageOf } from './object-id.ts';
import type { ObjectId, Stage } from './object-id.ts';
import type { KustomizationSpec } from './spec.ts';
import { withoutUndeclared } from './undeclared.ts';

export type Action = 'created' | 'configured' | 'unchanged' | 'skipped' | 'deleted' | 'unknown';

export interface Change {
  id: ObjectId;
  version: string;
  action: Action;
}

export interface ApplyContext {
  kube: KubeClient;
  clock: Clock;
  signal: AbortSignal;
  spec: KustomizationSpec;
  /** Kinds of a stage of their own, `Kind` or `group/Kind`. */
  stageKinds: ReadonlySet<string>;
  /** Beginnings of names of managers whose fields are taken over, beside those of kubectl. */
  overridden: readonly string[];
  /** Applied so far; filled as the stages go. */
  changes: Change[];
}

export const fieldManager = 'kustomize-controller';

const parallel = 8;
const stages: readonly Stage[] = ['definitions', 'classes', 'chosen', 'rest'];
const stageTimeoutMs = 60_000;
const deletionTimeoutMs = 60_000;

/** `Kind/namespace/name action` */
export const shownChange = ({ id, action }: Change): string => `${shownId(id)} ${action}`;

/** @throws KustomizationError `ReconciliationFailed` */
export async function applyInStages(
  context: ApplyContext,
  objects: readonly KubeObject[],
): Promise<void> {
  for (const stage of stages) {
    const own = objects.filter((each) => stageOf(idOf(each), context.stageKinds) === stage);
    if (own.length === 0) continue;
    const changes = await applyAll(context, own);
    context.changes.push(...changes);
    // Kinds that are chosen only go first.
    if (stage === 'chosen' || stage === 'rest') continue;
    const written = changes.filter(({ action }) => action === 'created' || action === 'configured');
    if (written.some(({ id }) => id.kind === 'CustomResourceDefinition'))
      context.kube.invalidateDiscovery();
    await waitForSet(
      changes.map(({ id, version }) => ({ id, version })),
      { ...context, timeoutMs: stageTimeoutMs, expressions: [], failure: 'ReconciliationFailed' },
    );
  }
}

interface Tried {
  change: Change;
  /** What is to be written; nothing when all is as wanted. */
  object: KubeObject | undefined;
}

async function applyAll(context: ApplyContext, given: readonly KubeObject[]): Promise<Change[]> {
  const objects = [...given].sort((a, b) => compareIds(idOf(a), idOf(b)));
  const problems: unknown[] = [];
  const tried = await inParallel(objects, parallel, async (object) => {
    try {
      return await tryOut(context, object);
    } catch (thrown) {
      if (context.signal.aborted) throw thrown;
      problems.push(thrown);
      return undefined;
    }
  });
  if (problems.length > 0) {
    const [cause] = problems;
    throw failed(problems.map(messageOf).join('\n'), cause);
  }
  const ready = tried.filter((each) => each !== undefined);
  // What comes later in the order may need what comes before; objects of one kind do not.
  for (let from = 0; from < ready.length;) {
    const kind = ready[from]?.change.id.kind;
    const end = ready.findIndex(({ change }, at) => at > from && change.id.kind !== kind);
    const group = ready.slice(from, end < 0 ? ready.length : end);
    await inParallel(group, parallel, (each) => write(context, each));
    from += group.length;
  }
  return ready.map(({ change }) => change);
}

const failed = (message: string, cause?: unknown) =>
  new KustomizationError('ReconciliationFailed', 'apply', message, { cause });

/** Asks the server what would become of an object. */
async function tryOut(context: ApplyContext, given: KubeObject): Promise<Tried> {
  const { kube, spec, signal } = context;
  const id = idOf(given);
  const { version } = parseApiVersion(given.apiVersion);
  const type = await kube.resourceType(given);
  if (type === undefined) {
    throw failed(
      `${shownId(id)} dry-run failed: no matches for kind "${given.kind}" in version "${given.apiVersion}"`,
    );
  }
  if (type.namespaced && id.namespace === '') {
    throw failed(
      `${shownId(id)} namespace not specified: the server could not find the requested resource`,
    );
  }
  const object = type.namespaced ? given : withoutNamespace(given);
  let live = await kube.get(refOf(idOf(object), version), { signal }).catch((thrown: unknown) => {
    // Who may not look may still write; if not, that is what is told.
    if (thrown instanceof KubeError && thrown.reason === 'Forbidden') return undefined;
    throw thrown;
  });
  const changeOf = (of: KubeObject, action: Action): Change => ({ id: idOf(of), version, action });
  const isExcluded = isMarked(object, mark.excluded) || isMarked(live, mark.excluded);
  if (isExcluded || (live !== undefined && isMarked(object, mark.ifNotPresent)))
    return { change: changeOf(live ?? given, 'skipped'), object: undefined };

  let wanted = object;
  let result: KubeObject;
  try {
    ({ result, wanted } = await dryRun(context, object));
  } catch (thrown) {
    if (live === undefined || !isImmutable(thrown) || !isForced(spec, object, live))
      throw refusal(id, thrown);
    await recreate(context, live);
    live = undefined;
    ({ result, wanted } = await dryRun(context, object).catch((again: unknown) => {
      throw refusal(id, again);
    }));
  }
  const patched = await cleanUp(context, object, live);
  if (live === undefined) return { change: changeOf(result, 'created'), object: wanted };
  const { differs, adopted } = withIgnored(spec.ignore, { live, result, wanted }, hasDrifted);
  if (!patched && !differs) return { change: changeOf(result, 'unchanged'), object: undefined };
  return { change: changeOf(result, 'configured'), object: adopted };
}

/** What is applied may be less than what was given: see undeclared.ts. */
async function dryRun(
  { kube, signal }: ApplyContext,
  object: KubeObject,
): Promise<{ result: KubeObject; wanted: KubeObject }> {
  const options = { fieldManager, force: true, dryRun: true, signal };
  try {
    return { result: await kube.apply(object, options), wanted: object };
  } catch (thrown) {
    const wanted = withoutUndeclared(object, messageOf(thrown));
    if (wanted === undefined) throw thrown;
    return { result: await kube.apply(wanted, options), wanted };
  }
}

async function write({ kube, signal }: ApplyContext, { object, change }: Tried): Promise<void> {
  if (object === undefined) return;
  try {
    await kube.apply(object, { fieldManager, force: true, signal });
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    throw failed(`${shownId(change.id)} apply failed: ${messageOf(thrown)}`, thrown);
  }
}

export function withoutNamespace(object: KubeObject): KubeObject {
  if (object.metadata.namespace === undefined) return object;
  const metadata = { ...object.metadata };
  delete metadata.namespace;
  return { ...object, metadata };
}

export const isForced = ({ force }: KustomizationSpec, object: KubeObject, live: KubeObject) =>
  force || isMarked(object, mark.forced) || isMarked(live, mark.forced);

export function isImmutable(thrown: unknown): boolean {
  if (thrown instanceof KubeError && (thrown.reason === 'Conflict' || thrown.reason === 'Invalid'))
    return true;
  return /is\simmutable|immutable\sfield/.test(messageOf(thrown));
}

/** Deletes an object and waits until it is gone, as it may have finalizers. */
async function recreate({ kube, clock, signal }: ApplyContext, live: KubeObject): Promise<void> {
  const id = idOf(live);
  const ref = refOf(id, parseApiVersion(live.apiVersion).version);
  const prefix = `${shownId(id)} immutable field detected, failed to`;
  try {
    await kube.delete(ref, { propagation: 'Background', signal });
  } catch (thrown) {
    throw failed(`${prefix} delete object: ${messageOf(thrown)}`, thrown);
  }
  const end = clock.now().getTime() + deletionTimeoutMs;
  while ((await kube.get(ref, { signal }))?.metadata.uid === live.metadata.uid) {
    if (clock.now().getTime() >= end)
      throw failed(`${prefix} wait for object to be deleted: context deadline exceeded`);
    await clock.sleep(200, signal);
  }
}

/** @returns whether something was taken away */
async function cleanUp(
  { kube, signal, overridden }: ApplyContext,
  object: KubeObject,
  live: KubeObject | undefined,
): Promise<boolean> {
  if (live === undefined || isMarked(object, mark.merged) || isMarked(live, mark.merged))
    return false;
  const patch = cleanupPatch(live, fieldManager, overridden);
  if (patch === undefined) return false;
  const id = idOf(live);
  try {
    await kube.patch(refOf(id, parseApiVersion(live.apiVersion).version), 'json', patch, {
      fieldManager,
      signal,
    });
    return true;
  } catch (thrown) {
    throw failed(
      `${shownId(id)} metadata.managedFields cleanup failed: ${messageOf(thrown)}`,
      thrown,
    );
  }
}

/** Labels, annotations, and everything but metadata and status. */
export function hasDrifted(live: KubeObject, result: KubeObject): boolean {
  const of = ({ metadata, status: _, ...rest }: KubeObject) => ({
    ...rest,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
  });
  return !isDeepStrictEqual(of(live), of(result));
}

function refusal(id: ObjectId, thrown: unknown): unknown {
  if (!(thrown instanceof KubeError)) return thrown;
  const { reason, message, status } = thrown;
  if (reason === 'NotFound') return failed(`${shownId(id)} not found: ${message}`, thrown);
  // What fails within the server has mostly no reason.
  const shown = status === 0 || reason === 'ServerError' ? '' : ` (${reason})`;
  return failed(`${shownId(id)} dry-run failed${shown}: ${message}`, thrown);
}
