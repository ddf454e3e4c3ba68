/** A release with the names that its Go struct has, for `--template`. */
import type { Release, ReleaseHook } from '../storage/mod.ts';
import { GoInt } from '../values/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';

export function goRelease(release: Release): GoMap {
  const { info, chart } = release;
  const { metadata } = chart;
  return map({
    Name: release.name,
    Namespace: release.namespace,
    Version: GoInt.int(release.version),
    Manifest: release.manifest,
    Config: release.config,
    Labels: map(release.labels),
    Info: map({
      FirstDeployed: info.firstDeployed,
      LastDeployed: info.lastDeployed,
      Deleted: info.deleted,
      Description: info.description,
      Status: info.status,
      Notes: info.notes,
    }),
    Chart: map({
      Metadata: map({
        Name: metadata.name,
        Version: metadata.version,
        AppVersion: metadata.appVersion ?? '',
        APIVersion: metadata.apiVersion ?? '',
        KubeVersion: metadata.kubeVersion ?? '',
        Description: metadata.description ?? '',
        Home: metadata.home ?? '',
        Icon: metadata.icon ?? '',
        Type: metadata.type ?? '',
        Keywords: [...(metadata.keywords ?? [])],
        Sources: [...(metadata.sources ?? [])],
        Annotations: map(metadata.annotations ?? {}),
      }),
      Values: chart.values,
    }),
    Hooks: release.hooks.map(goHook),
  });
}

function goHook(hook: ReleaseHook): GoValue {
  return map({
    Name: hook.name,
    Kind: hook.kind,
    Path: hook.path,
    Manifest: hook.manifest,
    Events: [...hook.events],
    Weight: GoInt.int(hook.weight),
    DeletePolicies: [...hook.deletePolicies],
    LastRun: map({
      StartedAt: hook.lastRun.startedAt,
      CompletedAt: hook.lastRun.completedAt,
      Phase: hook.lastRun.phase,
    }),
  });
}

const map = (fields: Readonly<Record<string, GoValue>>): GoMap => new Map(Object.entries(fields));
