/** The CustomResourceDefinitions of the toolkit. */
import { parseJson, toYaml } from '../../lib/helm/yaml/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { helmRelease } from './helm-release.ts';
import { imagePolicy, imageRepository, imageUpdateAutomation } from './image.ts';
import { alert, provider, receiver } from './notification.ts';
import { kustomization } from './kustomization.ts';
import { bucket, externalArtifact, ociRepository } from './object-sources.ts';
import { gitRepository, helmChart, helmRepository } from './sources.ts';

export const customResourceDefinitions: readonly KubeObject[] = [
  gitRepository,
  ociRepository,
  bucket,
  externalArtifact,
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

/** All of them as a stream of YAML documents: `toolkit crds`, crds/toolkit.yaml, and what the chart brings along. */
export const definitionsText = (): string =>
  customResourceDefinitions
    .map((each) => `---\n${toYaml(parseJson(JSON.stringify(each)))}`)
    .join('');
