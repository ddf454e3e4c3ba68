/** Renders charts with what a cluster answers to `lookup`. */
import type { KubeClient } from '../../kube/mod.ts';
import type { Clock } from '../../runtime/mod.ts';
import {
  checkKubeVersion,
  coalesceValues,
  composeManifest,
  HelmError,
  renderTemplates,
} from '../chart/mod.ts';
import type { RenderChart } from '../chart/mod.ts';
import { createFunctions } from '../sprig/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import { hostCapabilities } from './host-capabilities.ts';

/** Each round answers the lookups that the one before asked for first; a chart that never ends asking is refused. */
const mostRounds = 20;

/** @param kube where `lookup` looks; without it nothing is found, as in `helm template` */
export function chartRenderer(clock: Clock, kube: KubeClient | undefined): RenderChart {
  const functions = createFunctions(hostCapabilities(clock));
  return async (chart, userValues, { release, capabilities }) => {
    checkKubeVersion(chart, capabilities);
    const values = coalesceValues(chart, userValues);
    const answers = new Map<string, GoMap>();
    for (let round = 0; round < mostRounds; round += 1) {
      const asked = new Map<string, LookupQuestion>();
      let files: Map<string, string> | undefined;
      let failure: unknown;
      try {
        files = renderTemplates({
          chart,
          values,
          release,
          capabilities,
          functions,
          lookup: (apiVersion, kind, namespace, name) => {
            const key = [apiVersion, kind, namespace, name].join('\0');
            const known = answers.get(key);
            if (known === undefined && kube !== undefined)
              asked.set(key, { apiVersion, kind, namespace, name });
            return known ?? new Map();
          },
        });
      } catch (thrown) {
        failure = thrown;
      }
      // With questions open, neither the result nor a failure counts yet.
      if (asked.size === 0) {
        if (files === undefined) throw failure;
        return composeManifest(chart, files);
      }
      for (const [key, question] of asked) answers.set(key, await ask(kube, question));
    }
    throw new HelmError(
      'RenderFailed',
      chart.metadata.name,
      `the templates of ${chart.metadata.name} never end looking objects up`,
    );
  };
}

interface LookupQuestion {
  apiVersion: string;
  kind: string;
  namespace: string;
  name: string;
}

/** One object, or a list when the name is empty; nothing when there is none (helm 3.19 pkg/engine/lookup_func.go). */
async function ask(
  kube: KubeClient | undefined,
  { apiVersion, kind, namespace, name }: LookupQuestion,
): Promise<GoMap> {
  if (kube === undefined) return new Map();
  const type = await kube.resourceType({ apiVersion, kind });
  if (type === undefined) return new Map();
  const scope = type.namespaced && namespace !== '' ? { namespace } : {};
  if (name !== '') {
    const object = await kube.get({ apiVersion, kind, name, ...scope });
    return object === undefined ? new Map() : asMap(object);
  }
  const { items } = await kube.list({ apiVersion, kind, ...scope });
  return new Map<string, GoValue>([
    ['apiVersion', apiVersion],
    ['kind', `${kind}List`],
    ['items', items.map(asMap)],
  ]);
}

const asMap = (object: object): GoMap =>
  new Map(Object.entries(object).map(([key, value]) => [key, toGo(value)]));

function toGo(value: unknown): GoValue {
  if (Array.isArray(value)) return value.map(toGo);
  if (typeof value === 'object' && value !== null) return asMap(value);
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  return null;
}
