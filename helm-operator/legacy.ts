/** HelmReleases of the groups before `helm.fluxcd.io`: nobody serves them any more, which is said (spec helm-operator §2.4). */
import { KubeError } from '../lib/kube/mod.ts';
import type { EventRecorder, KubeReader, ResourceType } from '../lib/kube/mod.ts';
import { messageOf } from '../lib/runtime/mod.ts';
import type { Logger } from '../lib/runtime/mod.ts';

const legacyKinds = [
  { apiVersion: 'flux.weave.works/v1beta1', kind: 'HelmRelease' },
  { apiVersion: 'helm.integrations.flux.weave.works/v1alpha2', kind: 'FluxHelmRelease' },
] as const;

export interface LegacyReport {
  /** Logs, and tells by an Event, of each object that is new since the last look. */
  look(): Promise<void>;
}

export function createLegacyReport(options: {
  kube: KubeReader & {
    resourceType(kind: { apiVersion: string; kind: string }): Promise<ResourceType | undefined>;
  };
  log: Logger;
  events: EventRecorder;
}): LegacyReport {
  const { kube, log, events } = options;
  const told = new Set<string>();
  const lookAt = async (type: (typeof legacyKinds)[number]) => {
    if ((await kube.resourceType(type)) === undefined) return;
    const { items } = await kube.listMetadata(type);
    for (const { metadata } of items) {
      if (metadata.uid === undefined || told.has(metadata.uid)) continue;
      told.add(metadata.uid);
      const message = `${type.kind} of ${type.apiVersion} is not reconciled; write it as a HelmRelease of helm.fluxcd.io/v1, and delete this one only while no operator of its time is running, which would uninstall the release`;
      log.log({ warning: message, resource: `${metadata.namespace ?? ''}/${metadata.name ?? ''}` });
      await events.record({ ...type, metadata }, 'Warning', 'UnsupportedVersion', message);
    }
  };
  return {
    look: async () => {
      for (const type of legacyKinds) {
        try {
          await lookAt(type);
        } catch (thrown) {
          // An operator confined to a namespace may not see them all.
          if (thrown instanceof KubeError && thrown.reason === 'Forbidden') continue;
          log.log({ warning: `listing ${type.apiVersion} failed`, err: messageOf(thrown) });
        }
      }
    },
  };
}
