/** The cluster's namespaces and workloads as a YAML stream, for `fluxctl save`. */
import { dump } from 'js-yaml';
import type { KubeClient } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';

export async function exportYaml(
  kube: KubeClient,
  workloads: ReadonlyMap<string, KubeObject>,
  allowedNamespaces: readonly string[],
): Promise<string> {
  const { items } = await kube.list({ apiVersion: 'v1', kind: 'Namespace' });
  const documents = items
    .filter(
      ({ metadata: { name = '' } }) =>
        allowedNamespaces.length === 0 || allowedNamespaces.includes(name),
    )
    .flatMap((namespace) => [
      { ...namespace, apiVersion: 'v1', kind: 'Namespace' },
      ...[...workloads.values()].filter(
        ({ metadata }) => metadata.namespace === namespace.metadata.name,
      ),
    ]);
  return documents
    .map((document) => `---\n${dump(document, { noRefs: true, sortKeys: true })}`)
    .join('');
}
