/** What Kustomizations refer to. Pure. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { dependenciesOf } from './dependencies.ts';
import { sourceKey } from './spec.ts';

/** Whatever a Kustomization is to be looked at for when it changes: `KIND NAMESPACE/NAME`. */
export function* referencesOf(object: KubeObject): Iterable<string> {
  const own = object.metadata.namespace ?? '';
  const spec = new Fields(object['spec']);
  const inOwn = (kind: string, reference: Fields) =>
    `${kind} ${own}/${reference.text('name') ?? ''}`;
  yield sourceKey(spec.value, own);
  for (const key of dependenciesOf(object)) yield `Kustomization ${key}`;
  for (const from of spec.at('postBuild').each('substituteFrom'))
    yield inOwn(from.text('kind') ?? '', from);
  for (const field of ['decryption', 'kubeConfig'])
    yield inOwn('Secret', spec.at(field).at('secretRef'));
  yield inOwn('ConfigMap', spec.at('kubeConfig').at('configMapRef'));
}
