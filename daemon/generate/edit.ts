/** Changes to generated workloads: a patch file kept up to date, or the user's own updaters (spec flux-v1 §4). */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { threeWayPatch } from '../../lib/helm/action/mod.ts';
import { parseYaml, toYaml } from '../../lib/helm/yaml/mod.ts';
import {
  annotationKey,
  annotationKeys,
  canonicalJson,
  containersOf,
} from '../../lib/manifest/mod.ts';
import { parseResourceId } from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { formatImageName, formatImageRef } from '../../lib/policy/mod.ts';
import { Fault, isRecord } from '../../lib/runtime/mod.ts';
import type { WorkloadEdit } from '../update/edit.ts';
import { runCommand } from './command.ts';
import type { Updater } from './config-file.ts';
import { generate, idOf } from './generate.ts';
import type { GeneratedPath, GenerateOptions } from './generate.ts';

/** Changes the checkout so that it generates what is wanted. @throws Fault `GenerationFailed` */
export async function editGenerated(
  root: string,
  at: GeneratedPath,
  edits: readonly WorkloadEdit[],
  options: GenerateOptions,
): Promise<void> {
  if (at.config.kind === 'commandUpdated') {
    for (const edit of edits) await runUpdaters(root, at, at.config.updaters, edit, options);
    return;
  }
  const { plain, patched } = await generate(root, at, options);
  const wanted = patched.map((object) =>
    edits
      .filter(({ workload }) => idOf(workload.written) === idOf(object))
      .reduce(editObject, object),
  );
  const file = path.join(root, at.target, at.config.patchFile);
  await writeFile(file, patchText(plain, wanted), { mode: 0o600 });
}

/** The documents of the patch file: one for each object that differs, sorted. */
export function patchText(plain: readonly KubeObject[], wanted: readonly KubeObject[]): string {
  return plain
    .map((object, at) => ({ object, wanted: wanted[at] ?? object }))
    .sort((a, b) => (idOf(a.object) < idOf(b.object) ? -1 : 1))
    .flatMap(({ object, wanted: after }) => {
      const change = threeWayPatch(object, after, object, true);
      if (change === undefined) return [];
      const { apiVersion, kind, metadata } = object;
      const { namespace, name } = metadata;
      const { metadata: changed, ...rest } = change.patch;
      const document = {
        apiVersion,
        kind,
        metadata: {
          name,
          ...(namespace === undefined ? {} : { namespace }),
          ...(isRecord(changed) ? changed : {}),
        },
        ...rest,
      };
      return [`---\n${toYaml(parseYaml(JSON.stringify(document)))}`];
    })
    .join('');
}

function editObject(object: KubeObject, edit: WorkloadEdit): KubeObject {
  if (edit.type === 'image') {
    const container = containersOf(object).find(({ name }) => name === edit.container);
    if (container === undefined)
      throw new Fault(
        'GenerationFailed',
        'stall',
        edit.workload.id,
        `${edit.workload.id} has no container ${edit.container}`,
      );
    return container
      .edits(edit.target)
      .reduce<KubeObject>((now, { path: at, value }) => withValue(now, at, value), object);
  }
  const annotations = { ...object.metadata.annotations };
  for (const policy of edit.remove)
    for (const key of annotationKeys(policy)) delete annotations[key];
  for (const [policy, value] of Object.entries(edit.add))
    annotations[annotationKey(object.metadata.annotations, policy)] = value;
  const { annotations: _old, ...metadata } = object.metadata;
  return {
    ...object,
    metadata: Object.keys(annotations).length === 0 ? metadata : { ...metadata, annotations },
  };
}

/** A copy with one scalar changed. */
function withValue<T>(value: T, at: readonly (string | number)[], scalar: string): T {
  const copy: unknown = structuredClone(value);
  let parent: unknown = copy;
  for (const key of at.slice(0, -1)) {
    if (Array.isArray(parent) && typeof key === 'number') parent = parent[key];
    else if (isRecord(parent)) parent = parent[String(key)];
  }
  const last = at.at(-1);
  if (Array.isArray(parent) && typeof last === 'number') parent[last] = scalar;
  else if (isRecord(parent) && last !== undefined) parent[String(last)] = scalar;
  return copy as T;
}

async function runUpdaters(
  root: string,
  { label, target }: GeneratedPath,
  updaters: readonly Updater[],
  edit: WorkloadEdit,
  { env, timeoutMs, signal }: GenerateOptions,
): Promise<void> {
  const field = edit.type === 'image' ? 'containerImage' : 'policy';
  const commands = updaters.flatMap((updater) => updater[field] ?? []);
  if (commands.length === 0)
    throw new Fault(
      'GenerationFailed',
      'stall',
      label,
      `no ${field} updaters are defined in ${label}`,
    );
  const { namespace, kind, name } = parseResourceId(edit.workload.id);
  const about = {
    PATH: env.PATH ?? '',
    FLUX_WORKLOAD: edit.workload.id,
    FLUX_WL_NS: namespace,
    FLUX_WL_KIND: kind,
    FLUX_WL_NAME: name,
  };
  const calls: Record<string, string>[] =
    edit.type === 'image'
      ? [
          {
            FLUX_CONTAINER: edit.container,
            FLUX_IMG: formatImageName(edit.target),
            FLUX_TAG: edit.target.tag,
          },
        ]
      : [
          ...Object.entries(edit.add).map(([policy, value]) => ({
            FLUX_POLICY: policy,
            FLUX_POLICY_VALUE: value,
          })),
          ...edit.remove.map((policy) => ({ FLUX_POLICY: policy })),
        ];
  for (const call of calls)
    for (const command of commands)
      await runCommand(command, edit.type === 'image' ? 'image updater' : 'annotation updater', {
        folder: path.join(root, target),
        env: { ...about, ...call },
        source: label,
        timeoutMs,
        signal,
      });
}

/** Whether what is generated now says what was wanted; the rest has to be as it was. */
export function verifyGenerated(
  before: readonly KubeObject[],
  now: readonly KubeObject[],
  edits: readonly WorkloadEdit[],
): string | undefined {
  const edited = new Set(edits.map(({ workload }) => idOf(workload.written)));
  const after = new Map(now.map((object) => [idOf(object), object]));
  for (const object of before) {
    const id = idOf(object);
    const other = after.get(id);
    if (other === undefined) return `${id} is no longer generated`;
    if (!edited.has(id) && canonicalJson(object) !== canonicalJson(other))
      return `${id} has changed too`;
  }
  if (now.length !== before.length) return 'something new is generated';
  for (const edit of edits) {
    const object = after.get(idOf(edit.workload.written));
    if (edit.type !== 'image' || object === undefined) continue;
    const image = containersOf(object).find(({ name }) => name === edit.container)?.image;
    const [got, want] = [image && formatImageRef(image), formatImageRef(edit.target)];
    if (got !== want)
      return `the image for container "${edit.container}" in resource "${edit.workload.id}" should be "${want}", but is "${got ?? ''}"`;
  }
  return undefined;
}
