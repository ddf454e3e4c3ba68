/** What events say (spec flux-v1 §10.1). Pure. */
import type { GitCommit } from '../../lib/git/mod.ts';
import type { UpdateResult, UpdateSpec } from '../../lib/wire/mod.ts';

const short = (revision: string) => revision.slice(0, 7);

/** @param commits newest first */
export function syncText(commits: readonly GitCommit[], changed: readonly string[]): string {
  const [newest, oldest] = [commits[0]?.revision ?? '', commits.at(-1)?.revision ?? ''];
  const range = commits.length > 2 ? `${short(oldest)}..${short(newest)}` : short(newest);
  const ids = changed.length === 0 ? 'no workloads changed' : [...changed].sort().join(', ');
  return `Sync: ${range}, ${ids}`;
}

export function commitText(revision: string, ids: readonly string[]): string {
  return `Commit: ${short(revision)}, ${ids.length === 0 ? '<no changes>' : [...ids].sort().join(', ')}`;
}

/** The release event of a synced commit's note; `undefined` for notes that tell of none. */
export function releaseText(spec: UpdateSpec, result: UpdateResult | null): string | undefined {
  if (!['auto', 'image', 'containers'].includes(spec.type)) return undefined;
  const done = Object.entries(result ?? {}).filter(([, { Status }]) => Status === 'success');
  const targets = done.flatMap(([, { PerContainer }]) => PerContainer ?? []);
  const images = [...new Set(targets.map(({ Target }) => Target))].sort();
  const what = images.length === 0 ? 'no image changes' : images.join(', ');
  if (spec.type === 'auto') return `Automated release of ${what}`;
  const everything = spec.type === 'image' && spec.spec.ServiceSpecs.includes('<all>');
  const ids = done.map(([id]) => id).sort();
  const where = everything ? 'all workloads' : ids.length === 0 ? 'no workloads' : ids.join(', ');
  const by = spec.cause.User === '' ? '' : `, by ${spec.cause.User}`;
  const why =
    spec.cause.Message === '' ? '' : `, with message ${JSON.stringify(spec.cause.Message)}`;
  return `Released: ${what} to ${where}${by}${why}`;
}

/** The text of a policy commit for one workload set, by what was changed. */
export function policyTexts(spec: Extract<UpdateSpec, { type: 'policy' }>['spec']): string[] {
  const groups = new Map<string, string[]>();
  const note = (what: string, id: string) => groups.set(what, [...(groups.get(what) ?? []), id]);
  for (const [id, { add = {}, remove = {} }] of Object.entries(spec)) {
    const added = Object.keys(add);
    const removed = Object.keys(remove);
    if (added.includes('automated')) note('Automated', id);
    else if (removed.includes('automated')) note('Deautomated', id);
    if (added.includes('locked')) note('Locked', id);
    else if (removed.includes('locked')) note('Unlocked', id);
    const known = ['automated', 'locked', 'locked_user', 'locked_msg'];
    if ([...added, ...removed].some((name) => !known.includes(name))) note('Updated policies', id);
  }
  return [...groups].map(([what, ids]) => `${what}: ${ids.sort().join(', ')}`);
}
