/** The `crds/` of a chart, by the policy of the release (helm-controller internal/action/crds.go): none is ever deleted. */
import { crdFiles, splitManifests } from '../../lib/helm/chart/mod.ts';
import type { Chart } from '../../lib/helm/chart/mod.ts';
import { parseYaml } from '../../lib/helm/yaml/mod.ts';
import { KubeError, waitForObject } from '../../lib/kube/mod.ts';
import type { KubeClient } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { isRecord, messageOf } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { originLabels } from './post-render.ts';
import type { HelmReleaseSpec } from './spec.ts';

const establishTimeoutMs = 60_000;
const write = { fieldManager: 'helm-controller' };

export interface CrdOptions {
  kube: KubeClient;
  clock: Clock;
  signal: AbortSignal;
  policy: 'Skip' | 'Create' | 'CreateReplace';
  log: (line: string) => void;
}

/** @throws Error `failed to apply CustomResourceDefinitions: …` */
export async function applyCrds(
  chart: Chart,
  spec: HelmReleaseSpec,
  { kube, clock, signal, policy, log }: CrdOptions,
): Promise<void> {
  if (policy === 'Skip') return;
  const objects = crdObjects(chart);
  if (objects.length === 0) return;
  log(`applying CustomResourceDefinition(s) with policy ${policy}`);
  try {
    const changed: KubeObject[] = [];
    for (const object of objects) {
      const labelled = {
        ...object,
        metadata: {
          ...object.metadata,
          labels: { ...object.metadata.labels, ...originLabels(spec) },
        },
      };
      if (await applyOne(kube, labelled, policy, log)) changed.push(labelled);
    }
    for (const { apiVersion, kind, metadata } of changed) {
      const isServed = await waitForObject(
        kube,
        { apiVersion, kind, name: metadata.name ?? '' },
        isEstablished,
        { clock, timeoutMs: establishTimeoutMs, signal },
      );
      if (!isServed)
        throw new Error(
          `failed to wait for CustomResourceDefinition(s): ${metadata.name ?? ''} is not established`,
        );
    }
    if (changed.length > 0) {
      log(`successfully applied ${changed.length} CustomResourceDefinition(s)`);
      kube.invalidateDiscovery();
    }
  } catch (cause) {
    throw new Error(`failed to apply CustomResourceDefinitions: ${messageOf(cause)}`, { cause });
  }
}

async function applyOne(
  kube: KubeClient,
  object: KubeObject,
  policy: 'Create' | 'CreateReplace',
  log: (line: string) => void,
): Promise<boolean> {
  const name = object.metadata.name ?? '';
  try {
    await kube.create(object, write);
    return true;
  } catch (cause) {
    const exists = cause instanceof KubeError && cause.reason === 'AlreadyExists';
    if (!exists) {
      throw new Error(`failed to create CustomResourceDefinition ${name}: ${messageOf(cause)}`, {
        cause,
      });
    }
  }
  if (policy === 'Create') {
    log(`CustomResourceDefinition ${name} is already present. Skipping.`);
    return false;
  }
  const live = await kube.get({ apiVersion: object.apiVersion, kind: object.kind, name });
  const version = live?.metadata.resourceVersion;
  try {
    await kube.update(
      {
        ...object,
        metadata: {
          ...object.metadata,
          ...(version === undefined ? {} : { resourceVersion: version }),
        },
      },
      write,
    );
  } catch (cause) {
    throw new Error(`failed to update CustomResourceDefinition(s): ${messageOf(cause)}`, { cause });
  }
  return true;
}

/** The definitions among what lies in `crds/`; anything else there has no business there. */
function crdObjects(chart: Chart): KubeObject[] {
  return crdFiles(chart).flatMap(({ file }) =>
    splitManifests(Buffer.from(file.data).toString('utf8')).flatMap((document) => {
      const object = toPlain(parseYaml(document));
      return isDefinition(object) ? [object] : [];
    }),
  );
}

function isDefinition(value: unknown): value is KubeObject {
  const fields = new Fields(value);
  return (
    isRecord(value) &&
    fields.text('kind') === 'CustomResourceDefinition' &&
    fields.text('apiVersion')?.startsWith('apiextensions.k8s.io/') === true &&
    fields.at('metadata').has('name')
  );
}

function toPlain(value: unknown): unknown {
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, item]) => [String(key), toPlain(item)]));
  return Array.isArray(value) ? value.map(toPlain) : value;
}

function isEstablished(object: KubeObject | undefined): boolean {
  return new Fields(object?.['status'])
    .each('conditions')
    .some((each) => each.text('type') === 'Established' && each.text('status') === 'True');
}
