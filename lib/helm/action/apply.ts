/** Creating, updating and deleting the objects of a release (helm 3.19 pkg/kube/client.go). */
import { KubeError } from '../../kube/mod.ts';
import type { KubeObject } from '../../objects/mod.ts';
import { inParallel, messageOf } from '../../runtime/mod.ts';
import { HelmError } from '../chart/mod.ts';
import type { ActionContext } from './context.ts';
import { liveObject, sameObject } from './objects.ts';
import type { ReleaseObject } from './objects.ts';
import { signalOf } from './ownership.ts';
import { problemList } from './problem-list.ts';
import { applyByServer, takeOverFields } from './server-side.ts';
import { threeWayPatch } from './strategic-patch.ts';

/** Requests under way at once; objects of different kinds are never under way together. */
const parallel = 16;
const fieldManager = 'helm';

export interface UpdateResult {
  created: ReleaseObject[];
  updated: ReleaseObject[];
  deleted: ReleaseObject[];
}

export interface UpdateOptions {
  /** Replace instead of patching. */
  force: boolean;
  /** Custom kinds follow the live object too, as when objects are taken over. */
  threeWay?: boolean;
}

/** Carries what was done before an update failed. */
export class UpdateFailed extends HelmError {
  readonly result: UpdateResult;

  constructor(result: UpdateResult, message: string, cause: unknown) {
    super('ApplyFailed', 'update', message, { cause });
    this.result = result;
  }
}

/**
 * Creates objects, one run of a kind after the other.
 *
 * @throws HelmError `ApplyFailed` naming every object refused
 */
export async function createObjects(
  context: ActionContext,
  objects: readonly ReleaseObject[],
): Promise<void> {
  context.log(`creating ${objects.length} resource(s)`);
  const problems: unknown[] = [];
  await byKind(objects, async (each) => {
    try {
      await createOne(context, each, false);
    } catch (cause) {
      problems.push(cause);
    }
  });
  if (problems.length === 0) return;
  const message =
    context.serverSide === undefined ? problemList(problems) : problems.map(messageOf).join('\n');
  throw new HelmError('ApplyFailed', 'create', message, { cause: problems[0] });
}

/**
 * Makes the cluster follow a change of manifests: creates what is missing, patches what changed, deletes what the new
 * manifest no longer has.
 *
 * @param live objects fetched already
 * @throws UpdateFailed
 */
export async function updateObjects(
  context: ActionContext,
  before: readonly ReleaseObject[],
  after: readonly ReleaseObject[],
  options: UpdateOptions & { live?: ReadonlyMap<ReleaseObject, KubeObject> },
): Promise<UpdateResult> {
  const { log, kube } = context;
  const result: UpdateResult = { created: [], updated: [], deleted: [] };
  log(`checking ${after.length} resources for changes`);
  const patchProblems: unknown[] = [];
  const found = await inParallel(after, parallel, async (each) => {
    try {
      return options.live?.get(each) ?? (await liveObject(kube, each, signalOf(context)));
    } catch (cause) {
      throw new UpdateFailed(
        result,
        `could not get information about the resource: ${messageOf(cause)}`,
        cause,
      );
    }
  });
  const liveOf = new Map(after.map((each, at) => [each, found[at]]));
  const change = async (each: ReleaseObject) => {
    const live = liveOf.get(each);
    if (live === undefined) {
      result.created.push(each);
      try {
        await createOne(context, each, true);
      } catch (cause) {
        throw new UpdateFailed(result, `failed to create resource: ${messageOf(cause)}`, cause);
      }
      log(`Created a new ${each.kind} called "${each.name}" in ${each.namespace}\n`);
      return;
    }
    const old = before.find((other) => sameObject(other, each));
    if (old === undefined && context.serverSide === undefined) {
      throw new UpdateFailed(
        result,
        `no ${each.kind} with the name "${each.name}" found`,
        undefined,
      );
    }
    result.updated.push(each);
    try {
      await updateOne(context, old ?? each, each, live, options);
    } catch (cause) {
      log(`error updating the resource "${each.name}":\n\t ${messageOf(cause)}`);
      patchProblems.push(cause);
    }
  };
  // A creation that fails ends the update, so that nothing behind it may have begun; patches all are tried.
  const isKnown = (each: ReleaseObject) =>
    liveOf.get(each) !== undefined &&
    (context.serverSide !== undefined || before.some((other) => sameObject(other, each)));
  await inRuns(after, (a, b) => a.kind === b.kind && isKnown(a) && isKnown(b), change);
  if (patchProblems.length > 0) {
    throw new UpdateFailed(result, patchProblems.map(messageOf).join(' && '), patchProblems[0]);
  }
  for (const gone of before) {
    if (!after.some((each) => sameObject(gone, each))) await removeOne(context, gone, result);
  }
  return result;
}

/**
 * Deletes objects; those that are gone already do not matter.
 *
 * @returns the problems, one for each object that could not be deleted
 */
export async function deleteObjects(
  context: ActionContext,
  objects: readonly ReleaseObject[],
  propagation: 'Background' | 'Foreground' | 'Orphan' = 'Background',
): Promise<unknown[]> {
  const problems: unknown[] = [];
  await byKind(objects, async (each) => {
    context.log(`Starting delete for "${each.name}" ${each.kind}`);
    try {
      await context.kube.delete(each.ref, { propagation, ...signalOf(context) });
    } catch (cause) {
      problems.push(cause);
    }
  });
  return problems;
}

async function removeOne(
  context: ActionContext,
  gone: ReleaseObject,
  result: UpdateResult,
): Promise<void> {
  const { log, kube } = context;
  log(`Deleting ${gone.kind} "${gone.name}" in namespace ${gone.namespace}...`);
  try {
    const live = await kube.get(gone.ref, signalOf(context));
    if (live === undefined) {
      log(`Unable to get obj "${gone.name}", err: not found`);
      return;
    }
    if (live.metadata.annotations?.['helm.sh/resource-policy'] === 'keep') {
      log(`Skipping delete of "${gone.name}" due to annotation [helm.sh/resource-policy=keep]`);
      return;
    }
    await kube.delete(gone.ref, { propagation: 'Background', ...signalOf(context) });
    result.deleted.push(gone);
  } catch (cause) {
    // Helm goes on: the release is what its new manifest says, a leftover is reported.
    log(`Failed to delete "${gone.name}", err: ${messageOf(cause)}`);
  }
}

async function createOne(
  context: ActionContext,
  each: ReleaseObject,
  force: boolean,
): Promise<void> {
  if (context.serverSide !== undefined)
    return applyByServer(context, context.serverSide, each, force);
  await context.kube.create(each.object, { fieldManager, ...signalOf(context) });
}

async function updateOne(
  context: ActionContext,
  old: ReleaseObject,
  each: ReleaseObject,
  live: KubeObject,
  how: UpdateOptions,
): Promise<void> {
  const { kube, log, serverSide } = context;
  if (serverSide !== undefined) {
    if (serverSide.takesOver) await takeOverFields(context, serverSide, each, live);
    return applyByServer(context, serverSide, each, true);
  }
  const options = { fieldManager, ...signalOf(context) };
  if (how.force) {
    try {
      const version = live.metadata.resourceVersion;
      await kube.update(
        version === undefined
          ? each.object
          : {
              ...each.object,
              metadata: { ...each.object.metadata, resourceVersion: version },
            },
        options,
      );
    } catch (cause) {
      throw new HelmError(
        'ApplyFailed',
        each.name,
        `failed to replace object: ${messageOf(cause)}`,
        { cause },
      );
    }
    log(`Replaced "${each.name}" with kind ${old.kind} for kind ${each.kind}`);
    return;
  }
  const change = threeWayPatch(old.object, each.object, live, how.threeWay);
  if (change === undefined) {
    log(`Looks like there are no changes for ${each.kind} "${each.name}"`);
    return;
  }
  log(`Patch ${each.kind} "${each.name}" in namespace ${each.namespace}`);
  try {
    await kube.patch(each.ref, change.type, change.patch, options);
  } catch (cause) {
    throw new HelmError(
      'ApplyFailed',
      each.name,
      `cannot patch "${each.name}" with kind ${each.kind}: ${messageOf(cause)}`,
      { cause },
    );
  }
}

/** Runs of one kind side by side, the runs one after the other. */
async function byKind(
  objects: readonly ReleaseObject[],
  work: (each: ReleaseObject) => Promise<void>,
): Promise<void> {
  await inRuns(objects, (a, b) => a.kind === b.kind, work);
}

/** Neighbours that go together side by side, the runs one after the other. */
async function inRuns(
  objects: readonly ReleaseObject[],
  together: (a: ReleaseObject, b: ReleaseObject) => boolean,
  work: (each: ReleaseObject) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < objects.length;) {
    const first = objects[start];
    let end = start + 1;
    for (let next = objects[end]; first && next && together(first, next); next = objects[end])
      end += 1;
    await inParallel(objects.slice(start, end), parallel, work);
    start = end;
  }
}

/** True when every problem of a creation is that the object exists. */
export function alreadyExists(thrown: unknown): boolean {
  const cause = thrown instanceof HelmError ? thrown.cause : thrown;
  return cause instanceof KubeError && cause.reason === 'AlreadyExists';
}
