/** A release of one image, or of the newest image of everything (spec flux-v1 §7.2; Flux 1.25.4 pkg/update/release_image.go). */
import { filterOf, hasPolicy } from '../../lib/manifest/mod.ts';
import {
  canonicalNameString,
  parseImageRef,
  parsePattern,
  patternAll,
  withTag,
} from '../../lib/policy/mod.ts';
import type { ImageRef } from '../../lib/policy/mod.ts';
import { Fault } from '../../lib/runtime/mod.ts';
import type { ReleaseImageSpec, UpdateResult, WorkloadResult } from '../../lib/wire/mod.ts';
import type { ImageChange, Workload } from '../automation/automate.ts';
import { chooseTag } from '../automation/choose.ts';
import { resultOf } from '../automation/commit.ts';
import { missingImage } from '../automation/lookup.ts';
import { imageEdits } from './edit.ts';
import type { PlanSource, UpdatePlan } from './plan.ts';

const everything = '<all>';
const latest = '<all latest>';

export async function planImages(
  spec: ReleaseImageSpec,
  workloads: readonly Workload[],
  source: PlanSource,
): Promise<UpdatePlan> {
  const wanted = spec.ImageSpec === latest ? undefined : parseImageRef(spec.ImageSpec);
  if (wanted !== undefined && (await source.images?.exists(wanted, source.signal)) === false)
    throw new Fault('ImageMissing', 'stall', spec.ImageSpec, missingImage(wanted));
  const result: UpdateResult = {};
  const changes: ImageChange[] = [];
  for (const workload of workloads) {
    const refusal = whyNot(workload, spec, wanted, source);
    const outcome = refusal ?? (await changesOf(workload, spec, wanted, source));
    if ('changes' in outcome) changes.push(...outcome.changes);
    else result[workload.id] = outcome;
  }
  for (const id of spec.ServiceSpecs)
    if (id !== everything && !workloads.some((workload) => workload.id === id))
      result[id] = { Status: 'skipped', Error: 'not found in repository' };
  const trim = (text: string) => text.replace(/^[<>]+|[<>]+$/g, '');
  return {
    edits: imageEdits(changes),
    message: `Release ${trim(spec.ImageSpec)} to ${spec.ServiceSpecs.map(trim).join(', ')}`,
    result: { ...result, ...resultOf(changes) },
  };
}

function whyNot(
  workload: Workload,
  spec: ReleaseImageSpec,
  wanted: ImageRef | undefined,
  { inCluster }: PlanSource,
): WorkloadResult | undefined {
  const all = spec.ServiceSpecs.includes(everything);
  if (!all && !spec.ServiceSpecs.includes(workload.id))
    return { Status: 'ignored', Error: 'not included' };
  if (spec.Excludes?.includes(workload.id) === true)
    return { Status: 'ignored', Error: 'excluded' };
  if (!inCluster.has(workload.id)) return { Status: 'skipped', Error: 'not accessible in cluster' };
  const uses = ({ image }: Workload['containers'][number]) =>
    image !== undefined &&
    wanted !== undefined &&
    canonicalNameString(image) === canonicalNameString(wanted);
  if (wanted !== undefined && !workload.containers.some(uses))
    return { Status: 'ignored', Error: 'a different image' };
  // Only workloads that are named can be forced.
  if (spec.Force && !all) return undefined;
  if (hasPolicy(workload.policies, 'locked')) return { Status: 'skipped', Error: 'locked' };
  if (hasPolicy(workload.policies, 'ignore')) return { Status: 'skipped', Error: 'ignore' };
  return undefined;
}

/** What becomes of a workload none of whose containers changes: the last container decides, as in the original. */
const unchanged = {
  'up to date': { Status: 'skipped', Error: 'image(s) up to date' },
  unused: { Status: 'ignored', Error: 'does not use image(s)' },
  unknown: { Status: 'skipped', Error: 'cannot find one or more images' },
} as const satisfies Record<string, WorkloadResult>;

async function changesOf(
  workload: Workload,
  spec: ReleaseImageSpec,
  wanted: ImageRef | undefined,
  source: PlanSource,
): Promise<WorkloadResult | { changes: ImageChange[] }> {
  const changes: ImageChange[] = [];
  let why: keyof typeof unchanged = 'unused';
  for (const { name, image } of workload.containers) {
    if (image === undefined) continue;
    // Filters hold unless a single image is forced.
    const pattern =
      spec.Force && wanted !== undefined
        ? parsePattern(patternAll)
        : filterOf(workload.policies, name);
    const tag =
      wanted === undefined
        ? await newestTag(image, pattern, source)
        : canonicalNameString(wanted) !== canonicalNameString(image)
          ? 'unused'
          : spec.Force || pattern.matches(wanted.tag)
            ? { tag: wanted.tag }
            : 'unknown';
    if (typeof tag === 'string') why = tag;
    else if (tag.tag === image.tag) why = 'up to date';
    else
      changes.push({ workload, container: name, current: image, target: withTag(image, tag.tag) });
  }
  return changes.length > 0 ? { changes } : unchanged[why];
}

async function newestTag(
  image: ImageRef,
  pattern: ReturnType<typeof parsePattern>,
  { images, signal }: PlanSource,
): Promise<{ tag: string } | 'unused' | 'unknown'> {
  if (images === undefined)
    throw new Fault(
      'ScanningDisabled',
      'stall',
      'registry',
      'cannot perfom operation, image scanning is disabled',
    );
  const known = await images.known(image, pattern, signal);
  if (known === undefined) return 'unused';
  const choice = chooseTag(image.tag, known, pattern, true);
  if (choice.action === 'update') return { tag: choice.tag };
  if (choice.action === 'skip') return 'unknown';
  return known.tags.includes(image.tag) && pattern.matches(image.tag)
    ? { tag: image.tag }
    : 'unused';
}
