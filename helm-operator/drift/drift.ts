/** Whether others have changed what a release has applied, and putting it right where that is wanted. */
import { mendObject, objectDrift, releaseObjects } from '../../lib/helm/action/mod.ts';
import type { DriftedObject, ReleaseObject } from '../../lib/helm/action/mod.ts';
import type { EventRecorder, ObjectRef } from '../../lib/kube/mod.ts';
import { releaseNameOf, targetNamespaceOf } from '../../lib/objects/mod.ts';
import type { HelmRelease } from '../../lib/objects/mod.ts';
import type { Logger } from '../../lib/runtime/mod.ts';
import { driftModeOf, ignoredFieldsOf } from '../annotations.ts';
import type { DriftMode, IgnoredField } from '../annotations.ts';
import { safeMessage } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import type { ActingCluster } from '../reconcile/sync.ts';
import type { LiveMetadata } from './live-metadata.ts';

export interface DriftGuard {
  /**
   * Compares the live objects with the deployed revision. Objects that are as they were at the last look cost nothing.
   *
   * @param version the deployed revision
   */
  look(hr: HelmRelease, version: number): Promise<void>;
  forget(key: string): void;
}

export interface DriftGuardOptions {
  actFor: (hr: HelmRelease) => ActingCluster;
  live: LiveMetadata;
  byDefault: DriftMode;
  log: Logger;
  events: EventRecorder;
  metrics: Metrics;
}

interface Seen {
  version: number;
  ignored: string;
  /** Each object with the fingerprint at which it had not drifted. */
  clean: { ref: ObjectRef; fingerprint: string | undefined }[];
  /** What was told last. */
  told: string;
}

export function createDriftGuard(options: DriftGuardOptions): DriftGuard {
  const { live, events, metrics } = options;
  const seen = new Map<string, Seen>();

  const isClean = async ({ clean }: Seen): Promise<boolean> => {
    for (const { ref, fingerprint } of clean)
      if (fingerprint === undefined || (await live.fingerprint(ref)) !== fingerprint) return false;
    return true;
  };
  const ignoredIn = async ({ ref, kind, name }: ReleaseObject, fields: readonly IgnoredField[]) => {
    const own = fields
      .filter((field) => field.kind === kind && (field.name === '*' || field.name === name))
      .map(({ pointer }) => pointer);
    return scalable.has(kind) && (await live.isAutoscaled(ref)) ? [...own, '/spec/replicas'] : own;
  };

  const compare = async (hr: HelmRelease, version: number, log: Logger): Promise<void> => {
    const key = `${hr.metadata.namespace}/${hr.metadata.name}`;
    const mode = driftModeOf(hr, options.byDefault);
    const fields = ignoredFieldsOf(hr);
    const ignored = JSON.stringify(fields);
    const before = seen.get(key);
    if (before?.version === version && before.ignored === ignored && (await isClean(before)))
      return;
    const { kube, engine } = options.actFor(hr);
    const [releaseName, namespace] = [releaseNameOf(hr), targetNamespaceOf(hr)];
    const release = await engine.get({ releaseName, namespace, revision: version });
    if (release === undefined) return;
    const clean: Seen['clean'] = [];
    const drifted: DriftedObject[] = [];
    for (const object of await releaseObjects(kube, release)) {
      // Read first: what changes while it is compared is looked at again.
      const fingerprint = await live.fingerprint(object.ref);
      const drift = await objectDrift(kube, object, await ignoredIn(object, fields));
      if (drift !== undefined) drifted.push(drift);
      clean.push({ ref: object.ref, fingerprint: drift === undefined ? fingerprint : undefined });
    }
    const told = drifted.map(inWords).join('; ');
    const now: Seen = { version, ignored, clean, told };
    seen.set(key, now);
    metrics.setDrift({ targetNamespace: namespace, releaseName }, drifted.length);
    if (told === '') {
      if (before !== undefined && before.told !== '') log.log({ info: 'drift is gone' });
      return;
    }
    const about = `release '${releaseName}' in namespace '${namespace}'`;
    if (told !== before?.told) {
      log.log({ warning: 'objects differ from the release', drift: told });
      await events.record(
        hr,
        'Warning',
        'DriftDetected',
        `objects of ${about} differ from it: ${told}`,
      );
    }
    if (mode !== 'correct') return;
    for (const each of drifted) await mendObject(kube, each);
    now.told = '';
    log.log({ info: 'drift corrected', drift: told });
    metrics.setDrift({ targetNamespace: namespace, releaseName }, 0);
    await events.record(
      hr,
      'Normal',
      'DriftCorrected',
      `objects of ${about} were put right: ${told}`,
    );
  };

  return {
    look: async (hr, version) => {
      if (driftModeOf(hr, options.byDefault) === 'off') return;
      const log = options.log.with({
        component: 'release',
        release: releaseNameOf(hr),
        targetNamespace: targetNamespaceOf(hr),
      });
      try {
        await compare(hr, version, log);
      } catch (thrown) {
        log.log({ warning: `looking for drift failed: ${safeMessage(thrown)}` });
      }
    },
    forget: (key) => {
      seen.delete(key);
    },
  };
}

const scalable: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'ReplicaSet']);

/** Names and fields, never values: they may be secret. */
function inWords({ object, fields, missing }: DriftedObject): string {
  const name = `${object.kind}/${object.name}`;
  return missing ? `${name} is missing` : `${name} at ${fields.join(', ')}`;
}
