/** Automation by annotation (v1) as ImageRepositories, ImagePolicies and markers in the manifests. Pure (spec §6.2). */
import { containersOf, hasPolicy, policiesOf } from '../../lib/manifest/mod.ts';
import type { Container, Mark } from '../../lib/manifest/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { formatImageName } from '../../lib/policy/mod.ts';
import { distinctNames, nameOfUrl } from './names.ts';
import { takeNotes } from './notes.ts';
import type { Notes } from './notes.ts';
import { policyOf } from './tag-policy.ts';

export interface AutomatedWorkload {
  object: KubeObject;
  notes: Notes;
  /** Behind values of its manifest. */
  marks: Mark[];
}

export interface PlannedImages {
  workloads: AutomatedWorkload[];
  /** ImageRepositories, then ImagePolicies. */
  objects: KubeObject[];
}

export interface ImageOptions {
  /** Of the policies; it has to be that of the ImageUpdateAutomation. */
  namespace: string;
  /** fluxd's `--registry-poll-interval`. */
  interval: string;
}

interface Wanted {
  workload: AutomatedWorkload;
  container: Container;
  /** As the manifest writes it, without the tag. */
  image: string;
  filter: string;
  isLocked: boolean;
}

const version = 'image.toolkit.fluxcd.io/v1';

export function planImages(
  objects: readonly KubeObject[],
  { namespace, interval }: ImageOptions,
): PlannedImages {
  const workloads: AutomatedWorkload[] = [];
  const wanted: Wanted[] = [];
  for (const object of objects) {
    const policies = policiesOf(object.metadata.annotations);
    if (!hasPolicy(policies, 'automated')) continue;
    const workload: AutomatedWorkload = { object, notes: takeNotes(), marks: [] };
    workloads.push(workload);
    const containers = containersOf(object).filter(({ image }) => image !== undefined);
    if (containers.length === 0) workload.notes.refuse('there is no image to automate');
    for (const container of containers) {
      const { image } = container;
      if (image === undefined) continue;
      wanted.push({
        workload,
        container,
        image: formatImageName(image),
        filter: policies.get(`tag.${container.name}`) ?? 'glob:*',
        isLocked: hasPolicy(policies, 'locked'),
      });
    }
    if (hasPolicy(policies, 'ignore'))
      workload.notes.warn(
        'fluxcd.io/ignore becomes kustomize.toolkit.fluxcd.io/reconcile: disabled for a Kustomization: write it beside the old annotation',
      );
    if (hasPullSecrets(object))
      workload.notes.warn(
        `imagePullSecrets are not used for scanning: give the ImageRepository a secretRef, to a copy of the Secret in ${namespace}`,
      );
  }
  const repositoryNames = distinctNames(
    wanted,
    ({ image }) => nameOfUrl(image),
    ({ image }) => image,
  );
  const nameOf = ({ image }: Wanted) => repositoryNames.get(image) ?? '';
  const policyId = ({ image, filter, isLocked }: Wanted) =>
    JSON.stringify([image, filter, isLocked]);
  // The usual case, one filter for an image, has the image's name.
  const policyNames = distinctNames(wanted, nameOf, policyId);
  const repositories = new Map<string, KubeObject>();
  const policies = new Map<string, KubeObject>();
  for (const each of wanted) {
    const { image, filter, isLocked, workload, container } = each;
    const converted = policyOf(filter);
    if (converted.problem !== undefined) {
      workload.notes.refuse(`${container.name}: ${converted.problem}`);
      continue;
    }
    if (converted.caveat !== undefined)
      workload.notes.warn(`${container.name}: ${converted.caveat}`);
    const [repository, policy] = [nameOf(each), policyNames.get(policyId(each)) ?? ''];
    repositories.set(image, {
      apiVersion: version,
      kind: 'ImageRepository',
      metadata: { name: repository, namespace },
      spec: { image, interval },
    });
    policies.set(policy, {
      apiVersion: version,
      kind: 'ImagePolicy',
      metadata: { name: policy, namespace },
      spec: {
        ...(isLocked ? { suspend: true } : {}),
        imageRepositoryRef: { name: repository },
        ...converted.spec,
      },
    });
    const marks = marksOf(container, `${namespace}:${policy}`);
    if (marks.length === 0)
      workload.notes.warn(`${container.name}: the tag has no line of its own to be marked`);
    workload.marks.push(...marks);
    if (isLocked)
      workload.notes.warn(`${container.name}: locked, so the ImagePolicy ${policy} is suspended`);
  }
  return { workloads, objects: [...repositories.values(), ...policies.values()] };
}

/** The place of the whole reference, or of its tag; a name that is written apart stays as it is. */
function marksOf({ image, edits }: Container, policy: string): Mark[] {
  if (image === undefined) return [];
  const tagged = { ...image, tag: 'marker', digest: '' };
  return edits(tagged).flatMap(({ path, value }) => {
    if (value === 'marker') return [mark(path, `${policy}:tag`)];
    return value.endsWith(':marker') ? [mark(path, policy)] : [];
  });
}

const mark = (path: Mark['path'], setter: string): Mark => ({
  path,
  comment: `{"$imagepolicy": ${JSON.stringify(setter)}}`,
});

function hasPullSecrets(object: KubeObject): boolean {
  return JSON.stringify(object['spec'] ?? {}).includes('"imagePullSecrets"');
}
