/** ImageUpdateAutomation: commits that set marked values to what ImagePolicies have chosen (spec §6.1). */
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { objectKey } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { Fields, secondsOf } from '../runtime/mod.ts';
import type { Collection, Draft, Kind } from '../runtime/mod.ts';
import {
  accessOf,
  checkOut,
  inFolder,
  resolveTarget,
  revisionOf,
  sourceVersion,
} from '../sources/mod.ts';
import type { GitAccess, GitReference } from '../sources/mod.ts';
import { announce, lookAtImage } from './conclude.ts';
import type { Result } from './conclude.ts';
import { automationController, imageVersion } from './dependencies.ts';
import type { ImageDependencies } from './dependencies.ts';
import { failing, stalling } from './failure.ts';
import { formatRef } from './image-policy.ts';
import { writeMessage } from './message.ts';
import { commit, push, switchBranch } from './push.ts';
import type { PushPlan } from './push.ts';
import { readSelector } from './selector.ts';
import { openSigning } from './signing.ts';
import { updateFiles } from './update-files.ts';

const kind = 'ImageUpdateAutomation';
const readyMessage = 'repository up-to-date';
/** Beginnings from a fresh checkout, when others push meanwhile. */
const mostTries = 4;

export function imageUpdateAutomationKind(dependencies: ImageDependencies): Kind {
  const { caches } = dependencies;
  const all = caches.collection({ apiVersion: imageVersion, kind });
  const policies = caches.collection({ apiVersion: imageVersion, kind: 'ImagePolicy' });
  const repositories = caches.collection({ apiVersion: sourceVersion, kind: 'GitRepository' });
  const parts = { ...dependencies, policies, repositories };
  return {
    name: kind,
    apiVersion: imageVersion,
    controller: automationController,
    watches: [
      {
        apiVersion: imageVersion,
        kind: 'ImagePolicy',
        affected: (now, before) => {
          const latest = (object: KubeObject | undefined) =>
            new Fields(object?.['status']).value['latestRef'];
          const isNews = now !== undefined && !isDeepStrictEqual(latest(now), latest(before));
          return isNews ? inNamespace(all, now.metadata.namespace) : [];
        },
      },
      {
        apiVersion: sourceVersion,
        kind: 'GitRepository',
        affected: (now, before) => {
          const revision = (object: KubeObject | undefined) =>
            new Fields(object?.['status']).at('artifact').text('revision');
          return now !== undefined && revision(now) !== revision(before)
            ? usersOf(all, objectKey(now))
            : [];
        },
      },
    ],
    reconcile: (draft, signal) => lookAtImage(draft, signal, () => run(parts, draft, signal)),
    remove: () => Promise.resolve(),
  };
}

interface Parts extends ImageDependencies {
  policies: Collection;
  repositories: Collection;
}

function* inNamespace(all: Collection, namespace: string | undefined): Iterable<string> {
  for (const each of all.list()) if (each.metadata.namespace === namespace) yield objectKey(each);
}

function* usersOf(all: Collection, repository: string): Iterable<string> {
  for (const each of all.list()) {
    const reference = new Fields(each['spec']).at('sourceRef');
    const namespace = reference.text('namespace') ?? each.metadata.namespace ?? '';
    if (`${namespace}/${reference.text('name') ?? ''}` === repository) yield objectKey(each);
  }
}

interface Pushed {
  summary: string;
}

async function run(parts: Parts, draft: Draft, signal: AbortSignal): Promise<Result> {
  draft.status['lastAutomationRunTime'] = secondsOf(parts.clock.now());
  await announce(draft, true);
  const { skipped, pushed } = await inFolder(parts, 'image-', (folder) =>
    look(parts, draft, folder, signal),
  );
  return {
    done: 'success',
    message: readyMessage,
    afterMs: draft.spec.durationMs('interval') ?? 60_000,
    told: skipped ? 'no change since last reconciliation' : readyMessage,
    news: pushed?.summary,
  };
}

interface Look {
  /** Neither policies nor repository have changed. */
  skipped: boolean;
  pushed: Pushed | undefined;
}

interface Source {
  access: GitAccess;
  reference: GitReference;
  plan: PushPlan;
  timeoutMs: number;
}

async function look(
  parts: Parts,
  draft: Draft,
  folder: string,
  signal: AbortSignal,
): Promise<Look> {
  const { spec, status } = draft;
  const latest = latestOf(parts, draft);
  const observed = Object.fromEntries([...latest].map(([name, ref]) => [name, ref.value]));
  const source = await sourceOf(parts, draft, path.join(folder, 'access'));
  const { access, plan } = source;
  const isNews = !isDeepStrictEqual(status['observedPolicies'] ?? {}, observed);
  // The original overlooks a change of its own object here, such as of `update.path`, until something else changes.
  const isChanged = status['observedGeneration'] !== draft.generation;
  const mustLook = isNews || isChanged || plan.isOther || plan.refspec !== undefined;
  for (let tryNumber = 1; ; tryNumber += 1) {
    signal.throwIfAborted();
    const target = await checkingOut(() => resolveTarget(access, source.reference, false));
    if (target === undefined)
      throw failing('GitOperationFailed', 'failed to checkout source: the repository is empty');
    const revision = revisionOf(target, source.reference.name !== undefined);
    if (tryNumber === 1 && !mustLook && status['observedSourceRevision'] === revision)
      return { skipped: true, pushed: undefined };
    const clone = path.join(folder, `clone-${tryNumber}`);
    await checkingOut(async () => {
      await checkOut(access, target, clone, { recurseSubmodules: false, folders: [] });
      await switchBranch(access, clone, plan);
    });
    const strategy = spec.at('update').text('strategy') ?? 'Setters';
    if (!spec.has('update')) throw stalling('InvalidUpdateStrategy', 'no update strategy');
    if (strategy !== 'Setters')
      throw stalling('InvalidUpdateStrategy', `unsupported update strategy: ${strategy}`);
    const values = valuesOf(draft.namespace, latest);
    const files = await updateFiles(clone, spec.at('update').text('path') ?? '', values);
    if (files.length === 0) {
      observe(status, observed);
      status['observedSourceRevision'] = revision;
      return { skipped: false, pushed: undefined };
    }
    const message = writeMessage(
      spec.at('git').at('commit').text('messageTemplate'),
      {
        namespace: draft.namespace,
        name: draft.name,
        files,
        values: spec.at('git').at('commit').textMap('messageTemplateValues'),
      },
      parts.clock,
    );
    const hash = await commitSigned(parts, draft, source, clone, message);
    if (await push(access, clone, plan)) {
      const pushedRevision = revisionOf({ ref: `refs/heads/${plan.branch}`, hash }, false);
      observe(status, observed);
      status['observedSourceRevision'] = plan.isOther ? revision : pushedRevision;
      status['lastPushCommit'] = hash;
      status['lastPushTime'] = secondsOf(parts.clock.now());
      return { skipped: false, pushed: { summary: summaryOf(hash, plan, message) } };
    }
    if (tryNumber >= mostTries)
      throw failing(
        'GitOperationFailed',
        `failed to update source: failed to push to remote: others pushed first, ${mostTries} times in a row`,
      );
  }
}

function observe(
  status: Record<string, unknown>,
  policies: Readonly<Record<string, unknown>>,
): void {
  if (Object.keys(policies).length === 0) delete status['observedPolicies'];
  else status['observedPolicies'] = policies;
}

async function checkingOut<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw failing('GitOperationFailed', `failed to checkout source: ${messageOf(cause)}`, cause);
  }
}

function summaryOf(hash: string, { branch, refspec }: PushPlan, message: string): string {
  const also = refspec === undefined ? '' : ` and refspecs '${refspec}'`;
  const text = message === '' ? '' : `\n${message}`;
  return `pushed commit '${hash.slice(0, 7)}' to branch '${branch}'${also}${text}`;
}

/** What the policies of the namespace have chosen, by their names. */
function latestOf({ policies }: Parts, { spec, namespace }: Draft): ReadonlyMap<string, Fields> {
  const selects = readSelector(spec.value['policySelector']);
  const found = policies
    .list()
    .filter(({ metadata }) => metadata.namespace === namespace && selects(metadata.labels ?? {}))
    .flatMap((policy) => {
      const ref = new Fields(policy['status']).at('latestRef');
      return ref.text('tag') === undefined ? [] : [[policy.metadata.name ?? '', ref] as const];
    });
  return new Map(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function valuesOf(
  namespace: string,
  latest: ReadonlyMap<string, Fields>,
): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [name, ref] of latest) {
    const setter = `${namespace}:${name}`;
    values.set(setter, formatRef(ref));
    for (const part of ['tag', 'name', 'digest'])
      values.set(`${setter}:${part}`, ref.text(part) ?? '');
  }
  return values;
}

async function sourceOf(parts: Parts, { spec, namespace: own }: Draft, folder: string) {
  const reference = spec.at('sourceRef');
  const kindOfSource = reference.text('kind') ?? '';
  const misconfigured = (why: string) =>
    stalling('InvalidSourceConfiguration', `${why}: invalid source configuration`);
  if (kindOfSource !== 'GitRepository')
    throw misconfigured(`source kind '${kindOfSource}' not supported`);
  if (!spec.has('git'))
    throw misconfigured(`source kind 'GitRepository' necessitates field .spec.git`);
  const namespace = reference.text('namespace') ?? own;
  const name = reference.text('name') ?? '';
  if (namespace !== own && !parts.crossNamespace)
    throw stalling(
      'AccessDenied',
      `can't access 'GitRepository/${namespace}/${name}', cross-namespace references have been blocked`,
    );
  const failed = (why: string, cause?: unknown) =>
    failing('SourceManagerFailed', `failed configuring source manager: ${why}`, cause);
  const repository = parts.repositories.get(`${namespace}/${name}`);
  if (repository === undefined)
    throw failed(
      `referenced git repository does not exist: GitRepository.source.toolkit.fluxcd.io "${name}" not found`,
    );
  const given = new Fields(repository['spec']);
  const git = spec.at('git');
  const ref = git.has('checkout') ? git.at('checkout').at('ref') : given.at('ref');
  const checkedOut = Object.fromEntries(
    ['branch', 'tag', 'semver', 'name', 'commit'].map((key) => [key, ref.text(key)]),
  );
  const branch = git.at('push').text('branch') ?? ref.text('branch');
  if (branch === undefined)
    throw failed(
      'push spec not provided, and cannot be inferred from .spec.git.checkout.ref or GitRepository .spec.ref',
    );
  const hasRef = git.has('checkout') || given.has('ref');
  const plan: PushPlan = {
    branch,
    isOther: branch !== (hasRef ? (ref.text('branch') ?? '') : 'master'),
    refspec: git.at('push').text('refspec'),
    options: git.at('push').textMap('options'),
  };
  let access: GitAccess;
  try {
    access = await accessOf(parts, { namespace, spec: given }, folder);
  } catch (cause) {
    throw failed(messageOf(cause), cause);
  }
  const timeoutMs = given.durationMs('timeout') ?? 60_000;
  return { access, reference: checkedOut, plan, timeoutMs } satisfies Source;
}

async function commitSigned(
  { kube, env }: Parts,
  { spec, namespace }: Draft,
  { timeoutMs }: Source,
  folder: string,
  message: string,
): Promise<string> {
  const given = spec.at('git').at('commit');
  const email = given.at('author').text('email') ?? '';
  // Git refuses commits of nobody.
  const author = { email, name: given.at('author').text('name') ?? email };
  const base = { folder, message, author, env, timeoutMs };
  if (!given.has('signingKey')) return commit({ ...base, signing: undefined });
  const keys = await mkdtemp(path.join(path.dirname(folder), 'k'));
  const signing = await openSigning(kube, namespace, given.at('signingKey'), keys, env);
  try {
    return await commit({ ...base, signing: signing.settings });
  } finally {
    await signing.close();
  }
}
