/** All that a migration would make, and what there is to say about each object. */
import { addMarks } from '../../lib/manifest/mod.ts';
import type { Mark } from '../../lib/manifest/mod.ts';
import { helmReleaseApiVersion } from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { parseYaml, toYaml } from '../../lib/helm/yaml/mod.ts';
import type { Gathered } from './gather.ts';
import { planImages } from './images.ts';
import type { AutomatedWorkload } from './images.ts';
import { takeNotes } from './notes.ts';
import type { Note, Notes } from './notes.ts';
import { planReleases } from './releases.ts';
import type { PlannedRelease } from './releases.ts';
import { planSync } from './sync.ts';
import type { SyncSettings } from './sync.ts';

export interface PlanOptions {
  /** Of what fluxd becomes: GitRepository, Kustomizations, image policies. */
  namespace: string;
  defaultRef: string;
  sync: SyncSettings | undefined;
}

export interface Plan {
  releases: PlannedRelease[];
  images: { workloads: AutomatedWorkload[]; objects: KubeObject[] };
  sync: { notes: Notes; objects: KubeObject[] };
  /** Files of the folder with markers in them, by their path; only those that change. */
  edited: Map<string, string>;
}

export function makePlan(gathered: Gathered, options: PlanOptions): Plan {
  const releases = planReleases(gathered.releases, {
    defaultRef: options.defaultRef,
    interval: '3m0s',
    gitInterval: '5m0s',
    helmInterval: '3m0s',
  });
  const images = planImages(gathered.workloads, {
    namespace: options.namespace,
    interval: '5m0s',
  });
  const notes = takeNotes();
  const objects =
    options.sync === undefined
      ? []
      : planSync(options.sync, options.namespace, images.objects.length > 0, notes);
  if (images.objects.length > 0 && options.sync === undefined)
    notes.warn('for the ImageUpdateAutomation the repository has to be known: --git-url');
  return {
    releases,
    images,
    sync: { notes, objects },
    edited: markFiles(gathered, images.workloads),
  };
}

/** Markers of HelmReleases go into the new objects; those of other workloads into their files. */
function markFiles(
  { fileOf, texts }: Gathered,
  workloads: readonly AutomatedWorkload[],
): Map<string, string> {
  const edited = new Map<string, string>();
  for (const { object, marks, notes } of workloads) {
    const file = fileOf.get(object);
    if (file === undefined || object.apiVersion === helmReleaseApiVersion || marks.length === 0)
      continue;
    const before = edited.get(file) ?? texts.get(file) ?? '';
    try {
      const after = marked(before, file, object, marks);
      if (after !== before) edited.set(file, after);
    } catch (thrown) {
      notes.refuse(messageOf(thrown));
    }
  }
  return edited;
}

const marked = (text: string, file: string, object: KubeObject, marks: readonly Mark[]): string => {
  const { kind, metadata } = object;
  const address = { kind, name: metadata.name ?? '', namespace: metadata.namespace };
  return addMarks(text, file, address, marks);
};

/** A v2 HelmRelease, with the markers that its v1 one asks for. */
export function releaseYaml({ converted, object }: PlannedRelease, plan: Plan): string {
  const text = yamlOf(object);
  const workload = plan.images.workloads.find(
    (each) =>
      each.object.apiVersion === helmReleaseApiVersion &&
      each.object.metadata.name === converted.from.metadata.name &&
      (each.object.metadata.namespace ?? converted.from.metadata.namespace) ===
        converted.from.metadata.namespace,
  );
  if (workload === undefined || workload.marks.length === 0) return text;
  try {
    return marked(text, 'HelmRelease', object, workload.marks);
  } catch (thrown) {
    workload.notes.refuse(messageOf(thrown));
    return text;
  }
}

/** One document, without the line that parts it from others. */
export const yamlOf = (object: KubeObject): string => toYaml(parseYaml(JSON.stringify(object)));

export interface ObjectReport {
  /** `helm.fluxcd.io/apps/podinfo`, `Deployment apps/web`. */
  object: string;
  result: 'converted' | 'converted with warnings' | 'cannot be converted';
  notes: readonly Note[];
  /** How it was compared; '' when it was not. */
  compared: string;
  diff: string;
}

export function reportOf(
  object: string,
  { list }: Notes,
  proof: { compared: string; diff: string } = { compared: '', diff: '' },
): ObjectReport {
  const isRefused = list.some(({ level }) => level === 'refusal');
  return {
    object,
    result: isRefused
      ? 'cannot be converted'
      : list.length > 0
        ? 'converted with warnings'
        : 'converted',
    notes: list,
    compared: proof.compared,
    diff: proof.diff,
  };
}
