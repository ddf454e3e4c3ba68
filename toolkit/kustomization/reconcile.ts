/** One look at one revision: fetch, build, apply, prune, wait (kustomize-controller internal/controller). */
import type { KubeClient } from '../../lib/kube/mod.ts';
import { parseApiVersion } from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { formatDuration, isRecord, messageOf } from '../../lib/runtime/mod.ts';
import { ArtifactError } from '../artifacts/mod.ts';
import type { Artifact } from '../artifacts/mod.ts';
import { Fields, requestedAtKey, settled, waiting } from '../runtime/mod.ts';
import type { Draft, Outcome } from '../runtime/mod.ts';
import { applyInStages, shownChange } from './apply.ts';
import type { Change } from './apply.ts';
import { buildObjects } from './build.ts';
import type { Built } from './build.ts';
import { artifactOf } from './dependencies.ts';
import { KustomizationError } from './errors.ts';
import { sourceFiles, within } from './files.ts';
import { waitForSet } from './health.ts';
import type { WaitedFor } from './health.ts';
import type { HealthExpressions } from './health-expressions.ts';
import { addToHistory } from './history.ts';
import { openKeys } from './keys.ts';
import { createVaultLogin } from './vault-login.ts';
import type { Parts } from './kind.ts';
import { isMarked, withMetadata } from './metadata.ts';
import { normalized } from './normalize.ts';
import { inventoryId, shownId, idOf } from './object-id.ts';
import { inventoryOf, prune, readInventory } from './prune.ts';
import { openRemotes } from './remotes.ts';
import type { KustomizationSpec } from './spec.ts';
import { teller } from './tell.ts';
import { loadVariables } from './variables.ts';

export interface Look {
  draft: Draft;
  spec: KustomizationSpec;
  artifact: Artifact;
  expressions: readonly HealthExpressions[];
  signal: AbortSignal;
}

const originKey = 'org.opencontainers.image.revision';

export async function reconcileRevision(parts: Parts, look: Look): Promise<Outcome> {
  const { draft, spec, artifact, signal } = look;
  const { conditions, status } = draft;
  const { revision } = artifact;
  const originRevision = artifact.metadata?.[originKey];
  const begun = parts.clock.now().getTime();
  const tell = teller(draft);
  const again = `retrying in ${formatDuration(parts.dependencyMs)}`;
  try {
    await run(parts, look);
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    if (thrown instanceof ArtifactError && thrown.reason === 'ArtifactMissing') {
      const message = `Source is not ready, artifact not found, ${again}`;
      conditions.markFalse('Ready', 'ArtifactFailed', message);
      retryInProgress(draft);
      return waiting(parts.dependencyMs);
    }
    const fault = faultOf(thrown);
    conditions.markFalse('Ready', fault.reason, fault.message);
    retryInProgress(draft);
    if (fault.reason === 'HealthCheckCanceled') {
      tell(
        'info',
        fault.message.replace(
          'New reconciliation',
          'Health checks canceled due to new reconciliation',
        ),
        revision,
        { originRevision },
      );
      return { next: 'again' };
    }
    tell('error', fault.message, revision, { originRevision });
    return waiting(spec.retryMs);
  }
  status['lastAppliedRevision'] = revision;
  if (originRevision === undefined) delete status['lastAppliedOriginRevision'];
  else status['lastAppliedOriginRevision'] = originRevision;
  conditions.markTrue('Ready', 'ReconciliationSucceeded', `Applied revision: ${revision}`);
  conditions.remove('Reconciling');
  const took = formatDuration(parts.clock.now().getTime() - begun);
  tell(
    'info',
    `Reconciliation finished in ${took}, next run in ${formatDuration(spec.intervalMs)}`,
    revision,
    { originRevision, commitStatus: true },
  );
  return settled(spec.intervalMs);
}

function retryInProgress({ conditions }: Draft): void {
  const reconciling = conditions.get('Reconciling');
  if (reconciling !== undefined)
    conditions.markTrue('Reconciling', 'ProgressingWithRetry', reconciling.message);
}

function faultOf(thrown: unknown): KustomizationError {
  if (thrown instanceof KustomizationError) return thrown;
  const reason = thrown instanceof ArtifactError ? 'ArtifactFailed' : 'ReconciliationFailed';
  return new KustomizationError(reason, '', messageOf(thrown), { cause: thrown });
}

async function run(parts: Parts, look: Look): Promise<void> {
  const leave = await parts.slots.take(look.signal);
  try {
    await work(parts, look, leave);
  } finally {
    leave();
  }
}

/** @param leave gives the slot back when nothing is left but to wait */
async function work(parts: Parts, look: Look, leave: () => void): Promise<void> {
  const { draft, spec, artifact } = look;
  const { conditions, status } = draft;
  const { revision } = artifact;
  const timeout = formatDuration(spec.timeoutMs);
  // What is as it was is looked at without a word.
  const isIdle =
    conditions.isTrue('Ready') &&
    status['observedGeneration'] === draft.generation &&
    status['lastAppliedRevision'] === revision;
  const progress = (doing: string) => {
    const message = `${doing} for revision ${revision} with a timeout of ${timeout}`;
    if (!isIdle) conditions.markUnknown('Ready', 'Progressing', 'Reconciliation in progress');
    conditions.markReconciling('Progressing', message);
    if (!isIdle) draft.showProgress();
  };
  progress('Fetching manifests');
  const files = sourceFiles(await parts.files.load(artifact, look.signal));
  const folder = within(spec.path);
  if (!files.isFolder(folder) && files.bytes(folder) === undefined) {
    throw new KustomizationError(
      'ArtifactFailed',
      spec.path,
      `kustomization path not found: stat ${folder}: no such file or directory`,
    );
  }
  status['lastAttemptedRevision'] = revision;
  progress('Building manifests');
  let kube: KubeClient;
  try {
    kube = await parts.clusters.open(spec);
  } catch (thrown) {
    throw new KustomizationError(
      'ReconciliationFailed',
      spec.name,
      `failed to build kube client: ${messageOf(thrown)}`,
      { cause: thrown },
    );
  }
  const built = await buildWithKeys(parts, look, files, folder);
  progress('Detecting drift');
  const begun = parts.clock.now();
  const remember = (state: string) => {
    const origin = artifact.metadata?.[originKey];
    const now = parts.clock.now();
    status['history'] = addToHistory(status['history'], {
      digest: built.digest,
      at: now,
      durationMs: now.getTime() - begun.getTime(),
      status: state,
      metadata: { revision, ...(origin === undefined ? {} : { originRevision: origin }) },
    });
  };
  try {
    const { changes, isDrifted } = await apply(parts, look, kube, built.objects);
    await pruneStale(look, kube, changes);
    leave();
    await checkHealth(parts, look, { kube, changes, objects: built.objects, isDrifted, progress });
  } catch (thrown) {
    const { reason } = faultOf(thrown);
    if (reason !== 'HealthCheckCanceled') remember(reason);
    throw thrown;
  }
  remember('ReconciliationSucceeded');
}

async function buildWithKeys(
  parts: Parts,
  { spec, signal }: Look,
  files: ReturnType<typeof sourceFiles>,
  folder: string,
): Promise<Built> {
  const { kube, workFolder, env, identities, macCheck, strictSubstitutions } = parts;
  const { ageSecret, vaultConfigMap } = parts;
  const { decryption, postBuild, namespace } = spec;
  const [ageNamespace = '', ageName = ''] = ageSecret.split('/');
  const where =
    decryption?.secretName === '' && ageName !== ''
      ? { namespace: ageNamespace, secretName: ageName }
      : { namespace, secretName: decryption?.secretName ?? '' };
  const cloud = identities.of({ namespace, account: decryption?.account });
  const vaultLogin =
    vaultConfigMap === ''
      ? undefined
      : createVaultLogin({ kube, configMap: vaultConfigMap, cloud });
  const opened = await openKeys({ kube, ...where, workFolder, env, cloud, vaultLogin });
  const remotes = parts.remoteBases ? openRemotes({ ...parts, signal }) : undefined;
  let variables: Promise<Map<string, string>> | undefined;
  try {
    return await buildObjects({
      files,
      folder,
      spec,
      decryption: decryption === undefined ? undefined : { keys: opened.keys, macCheck },
      variables: () =>
        (variables ??= loadVariables(
          kube,
          namespace,
          postBuild ?? { always: false, values: {}, from: [] },
        )),
      strict: strictSubstitutions,
      remotes,
    });
  } finally {
    await remotes?.close();
    await opened.close();
  }
}

async function apply(
  { clock, stageKinds, overridden }: Parts,
  { draft, spec, artifact, signal }: Look,
  kube: KubeClient,
  built: readonly KubeObject[],
): Promise<{ changes: Change[]; isDrifted: boolean }> {
  const objects = built.map((each) => normalized(withMetadata(each, spec)));
  const sealed = objects.find(isSealed);
  if (sealed !== undefined) {
    throw new KustomizationError(
      'ReconciliationFailed',
      spec.name,
      `${shownId(idOf(sealed))} is SOPS encrypted, configuring decryption is required for this secret to be reconciled`,
    );
  }
  const changes: Change[] = [];
  const log = () =>
    changes
      .filter(({ action }) => action === 'created' || action === 'configured')
      .map(shownChange);
  try {
    await applyInStages({ kube, clock, signal, spec, stageKinds, overridden, changes }, objects);
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const fault = faultOf(thrown);
    const text = `${fault.message}\n${log()
      .map((line) => `${line}\n`)
      .join('')}`;
    throw new KustomizationError(fault.reason, fault.subject, text, { cause: thrown });
  }
  const lines = log();
  if (lines.length > 0) {
    const originRevision = artifact.metadata?.[originKey];
    teller(draft)('info', lines.join('\n'), artifact.revision, { originRevision });
  }
  return { changes, isDrifted: lines.length > 0 };
}

const isSealed = (object: KubeObject) =>
  object.kind === 'Secret' &&
  object.apiVersion === 'v1' &&
  object['sops'] !== undefined &&
  !isMarked(
    { ...object, metadata: { ...object.metadata, labels: {} } },
    { 'kustomize.toolkit.fluxcd.io/decrypt': 'disabled' },
  );

async function pruneStale(
  { draft, spec, artifact, signal }: Look,
  kube: KubeClient,
  changes: readonly Change[],
): Promise<void> {
  const before = readInventory(draft.status);
  const entries = inventoryOf(changes);
  draft.status['inventory'] = { entries };
  if (!spec.prune) return;
  const wanted = new Set(entries.map(({ id }) => id));
  const stale = before.filter(({ id }) => !wanted.has(id));
  if (stale.length === 0) return;
  const pruned = await prune(kube, stale, spec, signal);
  if (pruned.error !== undefined) {
    draft.status['inventory'] = { entries: [...entries, ...pruned.survivors] };
    throw pruned.error;
  }
  const originRevision = artifact.metadata?.[originKey];
  const text = pruned.changes.map(shownChange).join('\n');
  teller(draft)('info', text, artifact.revision, { originRevision });
}

interface HealthCheck {
  kube: KubeClient;
  changes: readonly Change[];
  objects: readonly KubeObject[];
  isDrifted: boolean;
  progress: (doing: string) => void;
}

async function checkHealth(
  parts: Parts,
  look: Look,
  { kube, changes, objects, isDrifted, progress }: HealthCheck,
): Promise<void> {
  const { draft, spec, artifact, signal, expressions } = look;
  const { conditions, status } = draft;
  const set = waitedFor(spec, changes, objects);
  if (set === undefined) {
    conditions.remove('Healthy');
    return;
  }
  const begun = parts.clock.now().getTime();
  const took = () => formatDuration(parts.clock.now().getTime() - begun);
  const wasHealthy = conditions.isTrue('Healthy');
  const message = `Running health checks for revision ${artifact.revision} with a timeout of ${formatDuration(spec.timeoutMs)}`;
  const isNewRevision = status['lastAppliedRevision'] !== artifact.revision;
  if (!wasHealthy || isNewRevision || isDrifted)
    conditions.markUnknown('Healthy', 'Progressing', message);
  progress('Running health checks');
  try {
    await waitForSet(set, {
      kube,
      clock: parts.clock,
      signal,
      timeoutMs: spec.timeoutMs,
      expressions,
      failFast: !parts.gates.DisableFailFastBehavior,
      failure: 'HealthCheckFailed',
      checkpoint: () => {
        refuseOutdated(parts, look);
      },
    });
  } catch (thrown) {
    if (!(thrown instanceof KustomizationError) || thrown.reason !== 'HealthCheckFailed')
      throw thrown;
    conditions.markFalse('Healthy', 'HealthCheckFailed', thrown.message);
    throw new KustomizationError(
      'HealthCheckFailed',
      spec.name,
      `health check failed after ${took()}: ${thrown.message}`,
      { cause: thrown },
    );
  }
  const text = `Health check passed in ${took()}`;
  if (!wasHealthy || (isNewRevision && isDrifted)) {
    const originRevision = artifact.metadata?.[originKey];
    teller(draft)('info', text, artifact.revision, { originRevision });
  }
  conditions.markTrue('Healthy', 'Succeeded', text);
}

/** @returns `undefined` when nothing is to be waited for */
function waitedFor(
  spec: KustomizationSpec,
  changes: readonly Change[],
  objects: readonly KubeObject[],
): WaitedFor[] | undefined {
  const vanishing = new Set(
    objects
      .filter(
        ({ kind, apiVersion, spec: own }) =>
          kind === 'Job' &&
          apiVersion.startsWith('batch/') &&
          isRecord(own) &&
          typeof own['ttlSecondsAfterFinished'] === 'number',
      )
      .map((each) => inventoryId(idOf(each))),
  );
  const set: WaitedFor[] = spec.wait
    ? changes.filter(({ action }) => action !== 'skipped')
    : spec.healthChecks.map(({ apiVersion, kind, namespace, name }) => {
        const { group, version } = parseApiVersion(apiVersion);
        return { id: { group, kind, namespace, name }, version };
      });
  if (set.length === 0) return undefined;
  return set
    .filter(
      ({ id }) =>
        !(id.kind === 'Kustomization' && id.name === spec.name && id.namespace === spec.namespace),
    )
    .map(({ id, version }) => ({ id, version, mayVanish: vanishing.has(inventoryId(id)) }));
}

/** A wait for what is no longer wanted is given up. */
function refuseOutdated({ all, sources }: Parts, { draft, spec, artifact }: Look): void {
  const canceled = (kind: string, key: string) =>
    new KustomizationError(
      'HealthCheckCanceled',
      key,
      `New reconciliation triggered by ${kind}/${key}`,
    );
  const key = `${draft.namespace}/${draft.name}`;
  const own = all.get(key);
  if (own === undefined || own.metadata.deletionTimestamp !== undefined)
    throw canceled('Kustomization', key);
  const requested = own.metadata.annotations?.[requestedAtKey];
  const isSuspended = new Fields(own['spec']).flag('suspend') === true;
  if (
    own.metadata.generation !== draft.generation ||
    requested !== draft.annotations[requestedAtKey] ||
    isSuspended
  )
    throw canceled('Kustomization', key);
  const source = sources.get(spec.source.kind)?.get(`${spec.source.namespace}/${spec.source.name}`);
  const now = source === undefined ? undefined : artifactOf(source);
  if (now !== undefined && now.revision !== artifact.revision)
    throw canceled(spec.source.kind, `${spec.source.namespace}/${spec.source.name}`);
}
