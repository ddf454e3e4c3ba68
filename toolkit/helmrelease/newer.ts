/**
 * What came up since a look at a HelmRelease began, and asks for another one: health is no longer waited for then (the gate
 * CancelHealthCheckOnNewRevision; fluxcd/pkg runtime/controller/reconciler.go).
 */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { objectKey } from '../../lib/kube/mod.ts';
import { readArtifact } from '../artifacts/mod.ts';
import { Fields, requestedAtKey } from '../runtime/mod.ts';
import type { Collection, Draft, Outcome } from '../runtime/mod.ts';
import { referencesOf } from './references.ts';

/** `KIND/NAMESPACE/NAME` of what asks for another look; nothing while all is as it was. */
export type Newer = () => string | undefined;

/** Without the gate. */
export const nothingNewer: Newer = () => undefined;

export interface Watched {
  /** HelmReleases. */
  all: Collection;
  chartSources: ReadonlyMap<string, Collection>;
  /** ConfigMaps and Secrets, by kind; empty when they are not watched. */
  configs: ReadonlyMap<string, Collection>;
}

/** To be called before anything of what the object refers to is read. */
export function watchForNewer(
  { all, chartSources, configs }: Watched,
  draft: Draft,
): (source: KubeObject) => Newer {
  const versions = new Map(
    [...referencesOf(draft.object)].map((each) => [each, versionOf(configs, each)]),
  );
  return (source) => {
    const used = revisionOf(source);
    return () => {
      const key = `${draft.namespace}/${draft.name}`;
      if (isOther(draft, all.get(key))) return `HelmRelease/${key}`;
      const now = revisionOf(chartSources.get(source.kind)?.get(objectKey(source)));
      if (now !== undefined && now !== used) return `${source.kind}/${objectKey(source)}`;
      for (const [reference, version] of versions) {
        if (version !== undefined && versionOf(configs, reference) !== version)
          return reference.replace(' ', '/');
      }
      return undefined;
    };
  };
}

const revisionOf = (source: KubeObject | undefined): string | undefined =>
  readArtifact(new Fields(source?.['status']).value['artifact'])?.revision;

/** @param reference `KIND NAMESPACE/NAME` */
function versionOf(
  configs: ReadonlyMap<string, Collection>,
  reference: string,
): string | undefined {
  const [of = '', key = ''] = reference.split(' ');
  return configs.get(of)?.get(key)?.metadata.resourceVersion;
}

function isOther(draft: Draft, now: KubeObject | undefined): boolean {
  if (now === undefined || now.metadata.deletionTimestamp !== undefined) return true;
  const requested = now.metadata.annotations?.[requestedAtKey];
  return (
    now.metadata.generation !== draft.generation || requested !== draft.annotations[requestedAtKey]
  );
}

/** Says that a look was cut short, in favour of the next one. */
export function giveWay({ conditions, tell }: Draft, trigger: string): Outcome {
  const reason = 'HealthCheckCanceled';
  conditions.markFalse('Ready', reason, `New reconciliation triggered by ${trigger}`);
  tell({
    severity: 'info',
    reason,
    message: `Health checks canceled due to new reconciliation triggered by ${trigger}`,
  });
  return { next: 'again' };
}
