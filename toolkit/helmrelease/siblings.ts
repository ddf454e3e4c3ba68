/** Several HelmReleases of this generation that name one release: one has it, the others say so and wait. */
import { claimOfV2 } from '../../lib/objects/mod.ts';
import type { KubeObject, ReleaseClaim, StoredRelease } from '../../lib/objects/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';
import type { Collection, Draft } from '../runtime/mod.ts';

/** Who goes before a HelmRelease; `undefined` when nobody does. */
export type FindSibling = (draft: Pick<Draft, 'object' | 'status'>) => ReleaseClaim | undefined;

export function findSiblings(all: Pick<Collection, 'get' | 'index'>): FindSibling {
  const claimants = all.index(function* (object) {
    const claim = claimOfV2(object);
    if (claim !== undefined) yield keyOf(claim.release);
  });
  return ({ object, status }) => {
    const own = claimOfV2({ ...object, status });
    if (own === undefined) return undefined;
    for (const key of claimants(keyOf(own.release))) {
      const other = key === keyOf(own) ? undefined : all.get(key);
      const claim = other === undefined || isSuspended(other) ? undefined : claimOfV2(other);
      if (other === undefined || claim === undefined || claim.state === 'gave') continue;
      if (goesBefore([claim, other], [own, object])) return claim;
    }
    return undefined;
  };
}

/** Who has released it goes before who has not; else the older object, as all see it alike. */
function goesBefore(
  [a, ofA]: readonly [ReleaseClaim, KubeObject],
  [b, ofB]: readonly [ReleaseClaim, KubeObject],
): boolean {
  const holds = Number(b.state === 'holds') - Number(a.state === 'holds');
  if (holds !== 0) return holds < 0;
  const [madeA, madeB] = [ofA, ofB].map(({ metadata }) => metadata.creationTimestamp ?? '');
  return madeA === madeB ? keyOf(a) < keyOf(b) : (madeA ?? '') < (madeB ?? '');
}

const isSuspended = ({ spec }: KubeObject): boolean => isRecord(spec) && spec['suspend'] === true;

const keyOf = ({ namespace, name }: StoredRelease): string => `${namespace}/${name}`;
