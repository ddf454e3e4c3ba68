/** Values as the Helm Operator composes them for a HelmRelease. */
import { composeValues, createDecrypter, readUrl } from '../../helm-operator/values/mod.ts';
import type { GoMap } from '../../lib/helm/values/mod.ts';
import type { KubeReader } from '../../lib/kube/mod.ts';
import type { HelmRelease } from '../../lib/objects/mod.ts';
import type { LoadedChart } from './charts.ts';

/** @throws Fault when a source of values cannot be read */
export type OlderValues = (hr: HelmRelease, chartFile: LoadedChart['file']) => Promise<GoMap>;

/** @param reader for ConfigMaps and Secrets of all namespaces */
export function olderValues(
  reader: Pick<KubeReader, 'get'>,
  env: Readonly<Record<string, string | undefined>>,
): OlderValues {
  const decrypt = createDecrypter(env);
  const read = (kind: string) => (namespace: string, name: string) =>
    reader.get({ apiVersion: 'v1', kind, namespace, name });
  return (hr, chartFile) =>
    composeValues(hr, {
      configMap: read('ConfigMap'),
      secret: read('Secret'),
      url: readUrl,
      chartFile,
      crossNamespace: true,
      decrypt,
    });
}
