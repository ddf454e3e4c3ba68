/** What the cluster offers, for `.Capabilities` (helm 3.19 pkg/action, getCapabilities). */
import type { KubeClient } from '../../kube/mod.ts';
import type { Clock } from '../../runtime/mod.ts';
import { messageOf } from '../../runtime/mod.ts';
import { HelmError, helmVersion } from '../chart/mod.ts';
import type { Capabilities } from '../chart/mod.ts';
import { isMap } from './strategic-patch.ts';

/** Rendering of many releases shares one answer for this long. */
const freshMs = 30_000;

export interface CapabilitySource {
  get(): Promise<Capabilities>;
  /** Forget, because kinds were added. */
  invalidate(): void;
}

export function createCapabilitySource(kube: KubeClient, clock: Clock): CapabilitySource {
  let known: { at: number; answer: Promise<Capabilities> } | undefined;
  return {
    get: () => {
      const now = clock.now().getTime();
      if (known === undefined || now - known.at >= freshMs) {
        const answer = discover(kube);
        const entry = { at: now, answer };
        known = entry;
        answer.catch(() => {
          if (known === entry) known = undefined;
        });
      }
      return known.answer;
    },
    invalidate: () => {
      known = undefined;
      kube.invalidateDiscovery();
    },
  };
}

async function discover(kube: KubeClient): Promise<Capabilities> {
  try {
    const [version, core, groups, types] = await Promise.all([
      kube.serverVersion(),
      kube.raw('GET', '/api'),
      kube.raw('GET', '/apis'),
      kube.resourceTypes(),
    ]);
    const versions = [...coreVersions(core), ...groupVersions(groups)];
    const kinds = types.map(
      ({ group, version: of, kind }) => `${group === '' ? '' : `${group}/`}${of}/${kind}`,
    );
    return {
      kubeVersion: {
        version: version.gitVersion,
        major: version.major,
        minor: version.minor,
      },
      apiVersions: [...new Set([...versions, ...kinds])],
      helmVersion,
    };
  } catch (cause) {
    throw new HelmError(
      'ClusterUnreachable',
      'cluster',
      `Kubernetes cluster unreachable: ${messageOf(cause)}`,
      { cause },
    );
  }
}

function coreVersions(body: string): string[] {
  const json: unknown = JSON.parse(body);
  const versions = isMap(json) ? json['versions'] : undefined;
  return Array.isArray(versions) ? versions.filter((each) => typeof each === 'string') : [];
}

function groupVersions(body: string): string[] {
  const json: unknown = JSON.parse(body);
  const groups: unknown = isMap(json) ? json['groups'] : undefined;
  if (!Array.isArray(groups)) return [];
  return groups.flatMap((group: unknown) => {
    const versions: unknown = isMap(group) ? group['versions'] : undefined;
    if (!Array.isArray(versions)) return [];
    return versions.flatMap((version: unknown) => {
      const name = isMap(version) ? version['groupVersion'] : undefined;
      return typeof name === 'string' ? [name] : [];
    });
  });
}
