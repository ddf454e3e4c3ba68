/** The kinds of sources, and what makes sources of sources. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { artifactRevision, groups, refAt, revision, second, stateBy } from './kind.ts';
import type { FluxKind } from './kind.ts';
import { textAt } from './read.ts';

const sourceKind = (
  kind: string,
  name: string,
  names: readonly string[],
  more: Partial<FluxKind> = {},
): FluxKind => ({
  ...second,
  kind,
  group: groups.source,
  version: 'v1',
  human: `source ${name}`,
  names: [kind.toLowerCase(), `${kind.toLowerCase().replace(/y$/, 'ie')}s`, ...names],
  family: { of: 'source', name },
  columns: [revision(artifactRevision)],
  shortMessage: true,
  success: (object) => `fetched revision ${artifactRevision(object)}`,
  ...more,
});

const isOciRepository = (object: KubeObject) => textAt(object, 'spec', 'type') === 'oci';

/** In the order in which `get source all` shows them. */
export const sourceKinds: readonly FluxKind[] = [
  sourceKind('OCIRepository', 'oci', ['ocirepo']),
  sourceKind('Bucket', 'bucket', []),
  sourceKind('GitRepository', 'git', ['gitrepo']),
  sourceKind('HelmRepository', 'helm', ['helmrepo'], {
    isStatic: isOciRepository,
    state: (object) =>
      isOciRepository(object)
        ? { status: 'True', message: 'Helm repository is Ready' }
        : stateBy('Ready')(object),
  }),
  sourceKind('HelmChart', 'chart', ['hc'], {
    columns: [revision(artifactRevision, false)],
    source: (object) => refAt(object, 'spec', 'sourceRef'),
  }),
  // Written by controllers of other makers, whom nobody asks.
  sourceKind('ExternalArtifact', 'external', ['ea'], {
    pause: { by: 'nothing' },
    request: { by: 'nothing' },
    showsPause: false,
    columns: [
      revision(artifactRevision),
      {
        title: 'Source',
        // With the namespace as it is given, which is '' most of the time.
        of: (object) =>
          refAt(object, 'spec', 'sourceRef') === undefined
            ? ''
            : ['kind', 'namespace', 'name']
                .map((key) => textAt(object, 'spec', 'sourceRef', key))
                .join('/'),
      },
    ],
    isStatic: () => true,
  }),
];

/** What source-watcher makes ExternalArtifacts of. */
export const artifactGenerator: FluxKind = {
  ...second,
  kind: 'ArtifactGenerator',
  group: groups.extensions,
  version: 'v1beta1',
  human: 'artifact generator',
  names: ['artifactgenerator', 'artifactgenerators', 'ag'],
  family: { of: 'artifact', name: 'generator' },
  pause: { by: 'annotation', key: 'source.extensions.fluxcd.io/reconcile', value: 'disabled' },
  success: () => 'ArtifactGenerator reconciliation completed',
};
