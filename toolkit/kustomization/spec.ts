/** What a Kustomization asks for, with the defaults of the original (kustomize-controller api/v1). */
import { Fields } from '../runtime/mod.ts';
import type { Draft, TargetRule } from '../runtime/mod.ts';

export interface Dependency {
  namespace: string;
  name: string;
  /** In CEL, of `self` and `dep`; '' for none. */
  readyExpr: string;
}

export interface Substitution {
  always: boolean;
  values: Readonly<Record<string, string>>;
  from: readonly { kind: string; name: string; optional: boolean }[];
}

export type DeletionPolicy = 'MirrorPrune' | 'Delete' | 'WaitForTermination' | 'Orphan';

export interface KustomizationSpec {
  namespace: string;
  name: string;
  source: { kind: string; namespace: string; name: string };
  /** As written, for messages: `GitRepository/apps`, with the namespace when it is given. */
  sourceText: string;
  path: string;
  intervalMs: number;
  retryMs: number;
  timeoutMs: number;
  prune: boolean;
  force: boolean;
  wait: boolean;
  deletionPolicy: DeletionPolicy;
  dependsOn: readonly Dependency[];
  healthChecks: readonly { apiVersion: string; kind: string; namespace: string; name: string }[];
  healthCheckExprs: readonly Fields[];
  commonLabels: Readonly<Record<string, string>>;
  commonAnnotations: Readonly<Record<string, string>>;
  /** Absent without `postBuild`. */
  postBuild: Substitution | undefined;
  /** Absent without `decryption`; the name of the Secret is '' when none is given. */
  decryption: { secretName: string; account: string | undefined } | undefined;
  serviceAccountName: string;
  kubeConfig: Fields | undefined;
  ignore: readonly TargetRule[];
  /** The fields that go into the generated kustomization.yaml. */
  fields: Fields;
}

const shortestTimeoutMs = 30_000;

export function readSpec({ namespace, name, spec }: Draft): KustomizationSpec {
  const intervalMs = spec.durationMs('interval') ?? 60_000;
  const timeoutMs = spec.durationMs('timeout') ?? intervalMs - shortestTimeoutMs;
  const source = spec.at('sourceRef');
  const kind = source.text('kind') ?? '';
  const sourceName = source.text('name') ?? '';
  const sourceNamespace = source.text('namespace');
  const postBuild = spec.at('postBuild');
  return {
    namespace,
    name,
    source: { kind, name: sourceName, namespace: sourceNamespace ?? namespace },
    sourceText: [
      kind,
      ...(sourceNamespace === undefined ? [] : [sourceNamespace]),
      sourceName,
    ].join('/'),
    path: spec.text('path') ?? '',
    intervalMs,
    retryMs: spec.durationMs('retryInterval') ?? intervalMs,
    timeoutMs: Math.max(timeoutMs, shortestTimeoutMs),
    prune: spec.flag('prune') ?? false,
    force: spec.flag('force') ?? false,
    wait: spec.flag('wait') ?? false,
    deletionPolicy: policyOf(spec.text('deletionPolicy')),
    dependsOn: spec.each('dependsOn').map((each) => ({
      namespace: each.text('namespace') ?? namespace,
      name: each.text('name') ?? '',
      readyExpr: each.text('readyExpr') ?? '',
    })),
    healthChecks: spec.each('healthChecks').map((each) => ({
      apiVersion: each.text('apiVersion') ?? 'apps/v1',
      kind: each.text('kind') ?? '',
      namespace: each.text('namespace') ?? '',
      name: each.text('name') ?? '',
    })),
    healthCheckExprs: spec.each('healthCheckExprs'),
    commonLabels: spec.at('commonMetadata').textMap('labels'),
    commonAnnotations: spec.at('commonMetadata').textMap('annotations'),
    postBuild: spec.has('postBuild')
      ? {
          always: postBuild.text('substituteStrategy') === 'Always',
          values: postBuild.textMap('substitute'),
          from: postBuild.each('substituteFrom').map((each) => ({
            kind: each.text('kind') ?? '',
            name: each.text('name') ?? '',
            optional: each.flag('optional') ?? false,
          })),
        }
      : undefined,
    decryption: spec.has('decryption')
      ? {
          secretName: spec.at('decryption').at('secretRef').text('name') ?? '',
          account: spec.at('decryption').text('serviceAccountName'),
        }
      : undefined,
    serviceAccountName: spec.text('serviceAccountName') ?? '',
    kubeConfig: spec.has('kubeConfig') ? spec.at('kubeConfig') : undefined,
    ignore: spec.each('ignore').map((each) => ({
      paths: each.texts('paths'),
      target: each.has('target') ? each.at('target') : undefined,
    })),
    fields: spec,
  };
}

function policyOf(text: string | undefined): DeletionPolicy {
  return text === 'Delete' || text === 'WaitForTermination' || text === 'Orphan'
    ? text
    : 'MirrorPrune';
}

/** @returns the key of the source object in caches */
export const sourceKey = (object: Readonly<Record<string, unknown>>, namespace: string) => {
  const source = new Fields(object).at('sourceRef');
  return `${source.text('kind') ?? ''} ${source.text('namespace') ?? namespace}/${source.text('name') ?? ''}`;
};
