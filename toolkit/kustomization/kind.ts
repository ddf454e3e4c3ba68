/** Kustomization: served by the controller runtime; what it depends on is looked at here, the work is in reconcile.ts. */
import { objectKey } from '../../lib/kube/mod.ts';
import type { KubeClient } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { formatDuration } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { sameArtifact } from '../artifacts/mod.ts';
import type { ReadArtifact } from '../artifacts/mod.ts';
import type { Clusters } from '../clusters/mod.ts';
import {
  accountNeedsGateFor,
  createSlots,
  Fields,
  markMisconfigured,
  referenceWatch,
  stalled,
  waiting,
} from '../runtime/mod.ts';
import type {
  Caches,
  CloudIdentities,
  Collection,
  Draft,
  FeatureGates,
  Kind,
  Outcome,
  Slots,
} from '../runtime/mod.ts';
import { createArtifactFiles } from './artifact-files.ts';
import type { ArtifactFiles } from './artifact-files.ts';
import type { MacCheck } from './decrypt.ts';
import { artifactOf, checkDependencies, isReady } from './dependencies.ts';
import { KustomizationError } from './errors.ts';
import { readHealthExpressions } from './health-expressions.ts';
import type { HealthExpressions } from './health-expressions.ts';
import { reconcileRevision } from './reconcile.ts';
import { removeApplied } from './remove.ts';
import { referencesOf } from './references.ts';
import { readSpec } from './spec.ts';
import type { KustomizationSpec } from './spec.ts';
import { teller } from './tell.ts';

export const kustomizationVersion = 'kustomize.toolkit.fluxcd.io/v1';
const kind = 'Kustomization';
const sourceVersion = 'source.toolkit.fluxcd.io/v1';
const externalKind = 'ExternalArtifact';
const pluralOf: Readonly<Record<string, string>> = {
  GitRepository: 'gitrepositories',
  OCIRepository: 'ocirepositories',
  Bucket: 'buckets',
  [externalKind]: 'externalartifacts',
};

export interface KustomizationDependencies {
  kube: KubeClient;
  caches: Caches;
  clock: Clock;
  clusters: Clusters;
  readArtifact: ReadArtifact;
  crossNamespace: boolean;
  /** How soon something is asked for again that is not there yet, in milliseconds. */
  dependencyMs: number;
  gates: FeatureGates;
  /** For keyrings; each is removed after use. */
  workFolder: string;
  /** Of gpg. */
  env: Readonly<Record<string, string | undefined>>;
  /** With clouds, for encrypted files. */
  identities: CloudIdentities;
  /** Variables that are not set are refused, otherwise they are empty. */
  strictSubstitutions: boolean;
  macCheck: MacCheck;
  /** Whether kustomizations may name files and repositories by address. */
  remoteBases: boolean;
  /** Of Kustomizations whose decryption names no Secret: the age keys of this one, `namespace/name`; '' for none. */
  ageSecret: string;
  /** The Vaults that service accounts log in to: a ConfigMap, `namespace/name`; '' for none. */
  vaultConfigMap: string;
  /** Kinds that are applied in a stage of their own, before the rest: `Kind` or `group/Kind`. */
  stageKinds: ReadonlySet<string>;
  /** Beginnings of names of managers whose fields are taken over, beside those of kubectl. */
  overridden: readonly string[];
  /** Builds and applies at the same time; those that only wait do not count. */
  concurrent: number;
}

export interface Parts extends KustomizationDependencies {
  all: Collection;
  sources: ReadonlyMap<string, Collection>;
  files: ArtifactFiles;
  slots: Slots;
}

export function kustomizationKind(dependencies: KustomizationDependencies): Kind {
  const { caches } = dependencies;
  const collectionOf = (of: string) => caches.collection({ apiVersion: sourceVersion, kind: of });
  const all = caches.collection({ apiVersion: kustomizationVersion, kind });
  const sourceKinds = Object.keys(pluralOf).filter(
    (each) => each !== externalKind || dependencies.gates.ExternalArtifact,
  );
  const parts: Parts = {
    ...dependencies,
    all,
    sources: new Map(sourceKinds.map((each) => [each, collectionOf(each)])),
    files: createArtifactFiles(dependencies.readArtifact),
    slots: createSlots(dependencies.concurrent),
  };
  const named = all.index(referencesOf);
  const usersOf = (of: string, object: KubeObject) => named(`${of} ${objectKey(object)}`);
  return {
    name: kind,
    apiVersion: kustomizationVersion,
    controller: 'kustomize-controller',
    // Most of the time of most of them is waiting for health, which costs nothing.
    mayWait: true,
    watches: [
      ...sourceKinds.map((each) => ({
        apiVersion: sourceVersion,
        kind: each,
        affected: (now: KubeObject | undefined, before: KubeObject | undefined) =>
          now !== undefined && isOtherRevision(now, before) ? usersOf(each, now) : [],
      })),
      {
        apiVersion: kustomizationVersion,
        kind,
        affected: (now, before) =>
          now !== undefined && isReady(now) && isProgress(now, before) ? usersOf(kind, now) : [],
      },
      referenceWatch('ConfigMap', (key) => named(`ConfigMap ${key}`)),
      referenceWatch('Secret', (key) => named(`Secret ${key}`)),
    ],
    reconcile: (draft, signal) => reconcile(parts, draft, signal),
    remove: (draft, signal) => removeApplied(parts, draft, signal),
  };
}

async function reconcile(parts: Parts, draft: Draft, signal: AbortSignal): Promise<Outcome> {
  const spec = readSpec(draft);
  const { conditions } = draft;
  const tell = teller(draft);
  const stop = (thrown: KustomizationError, revision = ''): Outcome => {
    tell('error', markMisconfigured(draft, thrown), revision);
    return stalled;
  };
  let expressions: HealthExpressions[];
  try {
    expressions = readHealthExpressions(spec.healthCheckExprs);
  } catch (thrown) {
    if (thrown instanceof KustomizationError) return stop(thrown);
    throw thrown;
  }
  if (spec.decryption?.account !== undefined && !parts.identities.mayNameAccount) {
    const message = accountNeedsGateFor('spec.decryption.serviceAccountName', 'decryption');
    conditions.markFalse('Ready', 'FeatureGateDisabled', message);
    conditions.markStalled('FeatureGateDisabled', message);
    tell('error', message, '');
    return stalled;
  }
  const source = sourceOf(parts, spec);
  if (source instanceof KustomizationError) {
    conditions.markFalse('Ready', source.reason, source.message);
    if (source.reason !== 'AccessDenied') return waiting(spec.retryMs);
    conditions.markStalled(source.reason, source.message);
    tell('error', source.message);
    return { next: 'stop', observed: false };
  }
  const artifact = artifactOf(source);
  const again = `retrying in ${formatDuration(parts.dependencyMs)}`;
  if (artifact === undefined) {
    conditions.markFalse('Ready', 'ArtifactFailed', `Source artifact not found, ${again}`);
    return waiting(parts.dependencyMs);
  }
  try {
    checkDependencies(
      parts.all,
      draft.object,
      spec,
      artifact,
      parts.gates.AdditiveCELDependencyCheck,
    );
  } catch (thrown) {
    if (!(thrown instanceof KustomizationError)) throw thrown;
    if (thrown.reason === 'InvalidCELExpression') return stop(thrown, artifact.revision);
    conditions.markFalse('Ready', thrown.reason, thrown.message);
    tell('info', `Dependencies do not meet ready condition, ${again}`, artifact.revision);
    return waiting(parts.dependencyMs);
  }
  return reconcileRevision(parts, { draft, spec, artifact, expressions, signal });
}

function sourceOf(parts: Parts, spec: KustomizationSpec): KubeObject | KustomizationError {
  const { source, namespace } = spec;
  const key = `${source.namespace}/${source.name}`;
  if (!parts.crossNamespace && source.namespace !== namespace) {
    return new KustomizationError(
      'AccessDenied',
      key,
      `can't access '${source.kind}/${key}', cross-namespace references have been blocked`,
    );
  }
  if (source.kind === externalKind && !parts.gates.ExternalArtifact) {
    return new KustomizationError(
      'AccessDenied',
      key,
      `can't access '${source.kind}/${key}', ${externalKind} feature gate is disabled`,
    );
  }
  const all = parts.sources.get(source.kind);
  if (all === undefined) {
    const message = `source \`${source.name}\` kind '${source.kind}' not supported`;
    return new KustomizationError('ArtifactFailed', key, message);
  }
  const plural = `${pluralOf[source.kind] ?? ''}.source.toolkit.fluxcd.io`;
  return (
    all.get(key) ??
    new KustomizationError('ArtifactFailed', key, `${plural} "${source.name}" not found`)
  );
}

function isOtherRevision(now: KubeObject, before: KubeObject | undefined): boolean {
  const artifact = artifactOf(now);
  if (artifact === undefined) return false;
  return before === undefined || !sameArtifact(artifact, artifactOf(before));
}

/** Ready since now, or for another revision. */
function isProgress(now: KubeObject, before: KubeObject | undefined): boolean {
  if (before === undefined || !isReady(before)) return true;
  const revision = (object: KubeObject) =>
    new Fields(object['status']).text('lastAppliedRevision') ?? '';
  return revision(now) !== revision(before);
}
