/** Every kind that is served. */
import { helmReleaseKind } from './helmrelease/mod.ts';
import type { HelmReleaseDependencies } from './helmrelease/mod.ts';
import { imagePolicyKind, imageRepositoryKind, imageUpdateAutomationKind } from './image/mod.ts';
import type { ImageDependencies } from './image/mod.ts';
import { receiverKind, staticKinds } from './notification/mod.ts';
import type { ReceiverDependencies } from './notification/mod.ts';
import type { Caches, Kind } from './runtime/mod.ts';
import { kustomizationKind } from './kustomization/mod.ts';
import type { KustomizationDependencies } from './kustomization/mod.ts';
import {
  bucketKind,
  gitRepositoryKind,
  helmChartKind,
  helmRepositoryKind,
  ociRepositoryKind,
} from './sources/mod.ts';
import type { SourceDependencies } from './sources/mod.ts';

/** @param shard what is served of all that is there; contents of sources and tags of images are known for these alone */
export function kindsOf(
  shard: Caches,
  sources: SourceDependencies,
  releases: HelmReleaseDependencies,
  kustomizations: KustomizationDependencies,
  receivers: ReceiverDependencies,
  images: ImageDependencies,
): Kind[] {
  const storing = { ...sources, caches: shard };
  const reflecting = { ...images, caches: shard };
  return [
    gitRepositoryKind(storing),
    ociRepositoryKind(storing),
    bucketKind(storing),
    helmRepositoryKind(storing),
    helmChartKind(storing),
    helmReleaseKind(releases),
    kustomizationKind(kustomizations),
    receiverKind(receivers),
    ...staticKinds,
    imageRepositoryKind(reflecting),
    imagePolicyKind(reflecting),
    imageUpdateAutomationKind(images),
  ];
}
