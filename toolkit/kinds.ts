/** Every kind that is served. */
import { helmReleaseKind } from './helmrelease/mod.ts';
import type { HelmReleaseDependencies } from './helmrelease/mod.ts';
import { imagePolicyKind, imageRepositoryKind, imageUpdateAutomationKind } from './image/mod.ts';
import type { ImageDependencies } from './image/mod.ts';
import { receiverKind, staticKinds } from './notification/mod.ts';
import type { ReceiverDependencies } from './notification/mod.ts';
import type { Kind } from './runtime/mod.ts';
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

export const kindsOf = (
  sources: SourceDependencies,
  releases: HelmReleaseDependencies,
  kustomizations: KustomizationDependencies,
  receivers: ReceiverDependencies,
  images: ImageDependencies,
): Kind[] => [
  gitRepositoryKind(sources),
  ociRepositoryKind(sources),
  bucketKind(sources),
  helmRepositoryKind(sources),
  helmChartKind(sources),
  helmReleaseKind(releases),
  kustomizationKind(kustomizations),
  receiverKind(receivers),
  ...staticKinds,
  imageRepositoryKind(images),
  imagePolicyKind(images),
  imageUpdateAutomationKind(images),
];
