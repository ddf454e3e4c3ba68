/** Ready, out of what was released, tested and remediated (helm-controller internal/reconcile/release.go, summarize). */
import { digestsOf } from './digests.ts';
import type { Request } from './request.ts';

/** The newest of them counts, then the one that says most; anything remediated is an error. */
export function summarize({ draft, spec }: Pick<Request, 'draft' | 'spec'>): void {
  const { conditions, status } = draft;
  if (!spec.test.enable) conditions.remove('TestSuccess');
  const types =
    spec.test.enable && !spec.test.ignoreFailures
      ? ['Remediated', 'TestSuccess', 'Released']
      : ['Remediated', 'Released'];
  const found = types.flatMap((type) => conditions.get(type) ?? []);
  const newest = Math.max(...found.map((each) => each.observedGeneration));
  const first = found.find((each) => each.observedGeneration === newest);
  if (first !== undefined) {
    const state = first.type === 'Remediated' ? 'False' : first.status;
    if (state === 'True') conditions.remove('Stalled');
    conditions.set('Ready', state, first.reason, first.message);
  }
  const digests = digestsOf(draft.spec);
  for (const [field, digest] of [
    ['observedPostRenderersDigest', digests.postRenderers],
    ['observedCommonMetadataDigest', digests.commonMetadata],
  ] as const) {
    if (digest === '') delete status[field];
    else status[field] = digest;
  }
}
