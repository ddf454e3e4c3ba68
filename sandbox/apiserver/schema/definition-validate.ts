/** Validity of CustomResourceDefinitions, in the words of kube-apiserver 1.34. */
import type { KubeObject } from '../../../lib/objects/mod.ts';
import { invalidValue, notSupported, required } from './issue.ts';
import type { Issue } from './issue.ts';
import { listOf, objectIn } from './pod-validate.ts';
import { isObject } from './type-node.ts';
import type { JsonObject } from './type-node.ts';

export function checkDefinition(object: KubeObject, spec: JsonObject): Issue[] {
  const names = objectIn(spec, 'names');
  const { name } = object.metadata;
  const group = textOf(spec.group);
  const issues: Issue[] = [];
  if (name !== `${textOf(names.plural)}.${group}`) {
    issues.push(invalidValue('metadata.name', name, 'must be spec.names.plural+"."+spec.group'));
  }
  if (group === '') issues.push(required('spec.group'));
  if (spec.scope !== 'Cluster' && spec.scope !== 'Namespaced')
    issues.push(notSupported('spec.scope', spec.scope ?? '', ['Cluster', 'Namespaced']));
  for (const field of ['plural', 'kind'] as const)
    if (textOf(names[field]) === '') issues.push(required(`spec.names.${field}`));
  const versions = listOf(spec.versions);
  versions.forEach((version, at) => {
    if (!isObject(objectIn(version, 'schema').openAPIV3Schema))
      issues.push(required(`spec.versions[${at}].schema.openAPIV3Schema`));
  });
  if (versions.filter(({ storage }) => storage === true).length !== 1) {
    issues.push(
      invalidValue(
        'spec.versions',
        versions,
        'must have exactly one version marked as storage version',
      ),
    );
  }
  return issues;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
