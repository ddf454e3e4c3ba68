/** Renders charts with what a cluster answers to `lookup`, and name servers to `getHostByName`. */
import type { KubeClient } from '../../kube/mod.ts';
import type { Clock } from '../../runtime/mod.ts';
import { asError } from '../../runtime/mod.ts';
import {
  checkKubeVersion,
  coalesceValues,
  composeManifest,
  HelmError,
  renderTemplates,
  validateValues,
} from '../chart/mod.ts';
import type { RenderChart, Warn } from '../chart/mod.ts';
import { createFunctions } from '../sprig/mod.ts';
import type { GoMap } from '../values/mod.ts';
import { loadSchema } from '../fetch/schema.ts';
import { hostCapabilities } from '../host/mod.ts';
import { someAddress } from './host-address.ts';
import { answerLookup } from './lookup.ts';
import type { LookupQuestion } from './lookup.ts';

/** A chart that renders longer than this, in milliseconds, never ends. */
const longestMs = 120_000;

/** Each round answers the lookups that the one before asked for first; a chart that never ends asking is refused. */
const mostRounds = 20;

/**
 * @param kube where `lookup` looks; without it nothing is found, as in `helm template`
 * @param warn told of values that do not fit together
 */
export function chartRenderer(
  clock: Clock,
  kube: KubeClient | undefined,
  warn: Warn = () => undefined,
): RenderChart {
  const functions = createFunctions(hostCapabilities(clock));
  return async (chart, userValues, environment) => {
    const { release, capabilities } = environment;
    const lookIn = environment.offline === true ? undefined : kube;
    const values = coalesceValues(chart, userValues, { warn });
    if (environment.skipSchema !== true) await validateValues(chart, values, loadSchema);
    checkKubeVersion(chart, capabilities);
    const answers = new Map<string, GoMap | Error>();
    const hosts = new Map<string, string | undefined>();
    for (let round = 0; round < mostRounds; round += 1) {
      const asked = new Map<string, LookupQuestion>();
      const lookup = (apiVersion: string, kind: string, namespace: string, name: string) => {
        if (lookIn === undefined) return new Map();
        const key = [apiVersion, kind, namespace, name].join('\0');
        const known = answers.get(key);
        if (known instanceof Error) throw known;
        if (known === undefined) asked.set(key, { apiVersion, kind, namespace, name });
        return known ?? new Map();
      };
      const unresolved = new Set<string>();
      const resolveHost = (host: string): string => {
        if (!hosts.has(host)) unresolved.add(host);
        else if (hosts.get(host) === undefined) throw new Error('invalid argument to Intn');
        return hosts.get(host) ?? '';
      };
      const end = clock.now().getTime() + longestMs;
      let files: Map<string, string> | undefined;
      let failure: unknown;
      try {
        // Templates may change values, so that each round starts with its own.
        const own = round === 0 ? values : coalesceValues(chart, userValues);
        files = renderTemplates({
          chart,
          values: own,
          release,
          capabilities,
          functions,
          lookup,
          ...(environment.enableDns === true ? { resolveHost } : {}),
          isExpired: () => clock.now().getTime() > end,
        });
      } catch (thrown) {
        failure = thrown;
      }
      // With questions open, neither the result nor a failure counts yet.
      if (asked.size + unresolved.size === 0) {
        if (files === undefined) throw failure;
        return composeManifest(chart, files, { warn, ...environment.compose });
      }
      await Promise.all(
        [...unresolved].map(async (host) => void hosts.set(host, await someAddress(host))),
      );
      if (lookIn === undefined) continue;
      await Promise.all(
        [...asked].map(async ([key, question]) => {
          answers.set(key, await answerLookup(lookIn, question).catch(asError));
        }),
      );
    }
    throw new HelmError(
      'RenderFailed',
      chart.metadata.name,
      `the templates of ${chart.metadata.name} never end looking things up`,
    );
  };
}
