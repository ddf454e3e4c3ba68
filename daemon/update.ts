/** Jobs that change manifests: releases and policies (spec flux-v1 §7.2, §7.3). */
import { filterOf, hasPolicy, updatePolicies } from '../lib/manifest/mod.ts';
import {
  canonicalNameString,
  formatImageRef,
  parseImageRef,
  parsePattern,
  patternAll,
  withTag,
} from '../lib/policy/mod.ts';
import { Fault } from '../lib/runtime/mod.ts';
import type { PolicyUpdate, UpdateResult, UpdateSpec } from '../lib/wire/mod.ts';
import type { ImageChange, Workload } from './automation/automate.ts';
import { workloadsOf } from './automation/automate.ts';
import { chooseTag } from './automation/choose.ts';
import { editImages, resultOf } from './automation/commit.ts';
import type { ImageStore } from './automation/image-store.ts';
import { policyTexts } from './events/texts.ts';
import type { LoadedTree } from './sync/load.ts';
import type { ScopedSet } from './sync/scope.ts';

export interface Update {
  files: Map<string, string>;
  message: string;
  result: UpdateResult;
}

export interface UpdateSource {
  tree: LoadedTree;
  set: ScopedSet;
  images: Pick<ImageStore, 'get'> | undefined;
}

type Wanted = Exclude<UpdateSpec, { type: 'sync' } | { type: 'auto' }>;

/** Works out the new texts for one state of the repository; commits nothing. */
export function planUpdate(spec: Wanted, source: UpdateSource): Update {
  const workloads = workloadsOf(source.set);
  if (spec.type === 'policy') return planPolicies(spec, workloads, source.tree);
  const result: UpdateResult = {};
  const changes =
    spec.type === 'image'
      ? imageChanges(spec.spec, workloads, source, result)
      : containerChanges(spec.spec, workloads, result);
  const files = editImages(changes, source.tree.texts);
  Object.assign(result, resultOf(changes));
  return { files, message: spec.cause.Message || releaseMessage(spec, changes), result };
}

type ImageSpec = Extract<UpdateSpec, { type: 'image' }>['spec'];

function imageChanges(
  spec: ImageSpec,
  workloads: readonly Workload[],
  { images }: UpdateSource,
  result: UpdateResult,
): ImageChange[] {
  const everything = spec.ServiceSpecs.includes('<all>');
  const latest = spec.ImageSpec === '<all latest>';
  const wanted = latest ? undefined : parseImageRef(spec.ImageSpec);
  for (const id of spec.ServiceSpecs)
    if (id !== '<all>' && !workloads.some((workload) => workload.id === id))
      result[id] = { Status: 'failed', Error: 'not found in repository' };
  return workloads.flatMap((workload): ImageChange[] => {
    const outcome = (Status: 'skipped' | 'ignored', Error: string) => {
      result[workload.id] = { Status, Error };
      return [];
    };
    if (!everything && !spec.ServiceSpecs.includes(workload.id))
      return outcome('ignored', 'not included');
    if (spec.Excludes?.includes(workload.id) === true) return outcome('ignored', 'excluded');
    const force = spec.Force && !everything;
    if (!force && hasPolicy(workload.policies, 'locked')) return outcome('skipped', 'locked');
    if (!force && hasPolicy(workload.policies, 'ignore')) return outcome('skipped', 'ignore');
    const changes = workload.containers.flatMap(({ name, image }): ImageChange[] => {
      if (image === undefined) return [];
      const pattern = filterOf(workload.policies, name);
      const change = (tag: string): ImageChange[] =>
        tag === image.tag
          ? []
          : [{ workload, container: name, current: image, target: withTag(image, tag) }];
      if (wanted !== undefined) {
        if (canonicalNameString(wanted) !== canonicalNameString(image)) return [];
        return spec.Force || pattern.matches(wanted.tag) ? change(wanted.tag) : [];
      }
      const known = images?.get(image);
      const choice = known && chooseTag(image.tag, known, pattern, true);
      return choice?.action === 'update' ? change(choice.tag) : [];
    });
    return changes.length === 0 ? outcome('skipped', 'image(s) up to date') : changes;
  });
}

type ContainersSpec = Extract<UpdateSpec, { type: 'containers' }>['spec'];

function containerChanges(
  spec: ContainersSpec,
  workloads: readonly Workload[],
  result: UpdateResult,
): ImageChange[] {
  const changes = Object.entries(spec.ContainerSpecs).flatMap(([id, updates]): ImageChange[] => {
    const workload = workloads.find((one) => one.id === id);
    if (workload === undefined) {
      result[id] = { Status: 'failed', Error: 'not found in repository' };
      return [];
    }
    if (!spec.Force && hasPolicy(workload.policies, 'locked')) {
      result[id] = { Status: 'skipped', Error: 'locked' };
      return [];
    }
    return updates.flatMap(({ Container, Current, Target }): ImageChange[] => {
      const image = workload.containers.find(({ name }) => name === Container)?.image;
      if (image === undefined) {
        result[id] = { Status: 'failed', Error: `container(s) not found: ${Container}` };
        return [];
      }
      if (Current !== '' && formatImageRef(image) !== Current) {
        result[id] = {
          Status: spec.SkipMismatches ? 'skipped' : 'failed',
          Error: `container(s) tag mismatch: ${Container}`,
        };
        return [];
      }
      const target = withTag(image, parseImageRef(Target).tag);
      return [{ workload, container: Container, current: image, target }];
    });
  });
  if (Object.values(result).some(({ Status }) => Status === 'failed'))
    throw new Fault('UpdateRefused', 'stall', 'containers', 'cannot satisfy specs');
  if (changes.length === 0)
    throw new Fault('UpdateRefused', 'stall', 'containers', 'no changes found');
  return changes;
}

function planPolicies(
  spec: Extract<UpdateSpec, { type: 'policy' }>,
  workloads: readonly Workload[],
  tree: LoadedTree,
): Update {
  const files = new Map<string, string>();
  const result: UpdateResult = {};
  const changed: Record<string, PolicyUpdate> = {};
  for (const [id, update] of Object.entries(spec.spec)) {
    const workload = workloads.find((one) => one.id === id);
    if (workload === undefined) {
      result[id] = { Status: 'failed', Error: `resource ${id} not found` };
      continue;
    }
    const { source, written } = workload;
    const { add, remove } = expand(update, workload);
    const before = files.get(source) ?? tree.texts.get(source) ?? '';
    const { name = '', namespace } = written.metadata;
    const after = updatePolicies(
      before,
      source,
      { kind: written.kind, name, namespace },
      { add, remove },
    );
    result[id] = { Status: after === before ? 'skipped' : 'success' };
    if (after === before) continue;
    files.set(source, after);
    changed[id] = update;
  }
  const texts = policyTexts(changed);
  const list = texts.map((text) => `- ${text}\n`).join('');
  const message =
    spec.cause.Message !== ''
      ? `${spec.cause.Message}\n\n${list}`
      : texts.length === 1
        ? `${texts[0] ?? ''}\n`
        : `Updated workload policies\n\n${list}`;
  return { files, message, result };
}

/** `tag_all` stands for the filter of every container; the catch-all filter is written by having none. */
function expand(update: PolicyUpdate, workload: Workload) {
  const add: Record<string, string> = {};
  const remove = Object.keys(update.remove ?? {});
  const put = (policy: string, value: string) => {
    if (!policy.startsWith('tag.')) {
      add[policy] = value;
      return;
    }
    const pattern = parsePattern(value);
    if (!pattern.valid)
      throw new Fault(
        'InvalidPattern',
        'stall',
        workload.id,
        `invalid tag pattern: ${JSON.stringify(value)}`,
      );
    if (pattern.text === patternAll) remove.push(policy);
    else add[policy] = pattern.text;
  };
  const { tag_all: all, ...single } = update.add ?? {};
  if (all !== undefined) for (const { name } of workload.containers) put(`tag.${name}`, all);
  for (const [policy, value] of Object.entries(single)) put(policy, value);
  return { add, remove: [...new Set(remove)] };
}

function releaseMessage(
  spec: Extract<UpdateSpec, { type: 'image' | 'containers' }>,
  changes: readonly ImageChange[],
): string {
  const ids = [...new Set(changes.map(({ workload }) => workload.id))].sort();
  if (spec.type === 'image') {
    const what = spec.spec.ImageSpec === '<all latest>' ? 'all latest' : spec.spec.ImageSpec;
    return `Release ${what} to ${spec.spec.ServiceSpecs.includes('<all>') ? 'all' : ids.join(', ')}`;
  }
  const parts = ids.map((id) => {
    const refs = changes.filter(({ workload }) => workload.id === id);
    return `\n${id}\n${refs.map(({ target }) => `- ${formatImageRef(target)}\n`).join('')}`;
  });
  return `Update image refs in ${ids.join(', ')}\n${parts.join('')}`;
}
