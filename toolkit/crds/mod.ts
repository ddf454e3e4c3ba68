/** The CustomResourceDefinitions of the toolkit. */
import { parseJson, toYaml } from '../../lib/helm/yaml/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';
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

/** With no version but the one that is stored: an API server keeps a cache of its own for each that it serves. */
export const storedVersions: readonly KubeObject[] = customResourceDefinitions.map((each) => {
  const spec = isRecord(each['spec']) ? each['spec'] : {};
  const versions = Array.isArray(spec['versions']) ? spec['versions'].filter(isRecord) : [];
  return { ...each, spec: { ...spec, versions: versions.filter(({ storage }) => storage) } };
});

/** As a stream of YAML documents; all are `toolkit crds`, crds/toolkit.yaml, and what the chart brings along. */
export const definitionsText = (definitions = customResourceDefinitions): string =>
  definitions.map((each) => `---\n${toYaml(parseJson(JSON.stringify(each)))}`).join('');
