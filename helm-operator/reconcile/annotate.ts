import type { Release } from '../../lib/helm/storage/mod.ts';
import { annotateObjects, antecedentOf } from './antecedent.ts';
import type { Sync } from './sync.ts';

/** Puts the HelmRelease's name on the objects of a revision; what fails is a warning only (spec helm-operator §8). */
export async function annotate(sync: Sync, release: Release): Promise<void> {
  const problems = await sync.timed('annotate', () =>
    annotateObjects(sync.kube, release.manifest, sync.targetNamespace, antecedentOf(sync.hr)),
  );
  if (problems.length > 0)
    sync.log.log({ warning: `failed to annotate release resources: ${problems.join('; ')}` });
}
