/** The CustomResourceDefinitions of the toolkit. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { helmRelease } from './helm-release.ts';
import { imagePolicy, imageRepository, imageUpdateAutomation } from './image.ts';
import { alert, provider, receiver } from './notification.ts';
import { kustomization } from './kustomization.ts';
import { bucket, ociRepository } from './object-sources.ts';
import { gitRepository, helmChart, helmRepository } from './sources.ts';

export const customResourceDefinitions: readonly KubeObject[] = [
  gitRepository,
  ociRepository,
  bucket,
  helmRepository,
  helmChart,
  helmRelease,
  kustomization,
  receiver,
  provider,
  alert,
  imageRepository,
  imagePolicy,
  imageUpdateAutomation,
];
