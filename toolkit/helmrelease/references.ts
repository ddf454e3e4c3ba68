/** What HelmReleases refer to. Pure. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { Fields } from '../runtime/mod.ts';

/** The HelmChart that is made for a HelmRelease with a template. */
export const templateTarget = (
  { namespace = '', name = '' }: KubeObject['metadata'],
  template: Fields,
) => ({
  namespace: template.at('spec').at('sourceRef').text('namespace') ?? namespace,
  name: `${namespace}-${name}`,
});

/** Whatever a HelmRelease is to be looked at for when it changes: `KIND NAMESPACE/NAME`. */
export function* referencesOf({ metadata, spec: written, status }: KubeObject): Iterable<string> {
  const spec = new Fields(written);
  const own = metadata.namespace ?? '';
  const chart = new Fields(status).text('helmChart');
  if (chart !== undefined) yield `HelmChart ${chart}`;
  if (spec.has('chart')) {
    // The status tells of it later.
    const target = templateTarget(metadata, spec.at('chart'));
    yield `HelmChart ${target.namespace}/${target.name}`;
  }
  const named = (kindOf: string, reference: Fields) =>
    `${kindOf} ${reference.text('namespace') ?? own}/${reference.text('name') ?? ''}`;
  const chartRef = spec.at('chartRef');
  yield named(chartRef.text('kind') ?? '', chartRef);
  for (const each of spec.each('dependsOn')) yield named('HelmRelease', each);
  for (const each of spec.each('valuesFrom'))
    yield `${each.text('kind') ?? ''} ${own}/${each.text('name') ?? ''}`;
  yield `ConfigMap ${own}/${spec.at('kubeConfig').at('configMapRef').text('name') ?? ''}`;
  yield `Secret ${own}/${spec.at('kubeConfig').at('secretRef').text('name') ?? ''}`;
}
