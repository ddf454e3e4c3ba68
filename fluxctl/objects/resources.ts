/** Objects of any kind, by what kubectl calls them: `deploy/web`, `pods web-1`, `hr.helm.fluxcd.io/app`. */
import type { KubeClient, ResourceType } from '../../lib/kube/mod.ts';
import { formatApiVersion } from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { UsageError, VerbFailed } from '../errors.ts';

export interface Wanted {
  resource: string;
  name: string;
}

/** `KIND NAME...`, or `KIND/NAME...`. Pure. @throws UsageError */
export function wantedObjects(args: readonly string[]): Wanted[] {
  const usage = 'either `<resource>/<name>` or `<resource> <name>` is required as an argument';
  const [first = '', ...names] = args;
  if (!first.includes('/')) {
    if (names.length === 0 || names.some((name) => name.includes('/'))) throw new UsageError(usage);
    return names.map((name) => ({ resource: first, name }));
  }
  return args.map((arg) => {
    const [resource = '', name = '', ...more] = arg.split('/');
    if (resource === '' || name === '' || more.length > 0) throw new UsageError(usage);
    return { resource, name };
  });
}

/** Whether a word names a kind: by kind, plural or short name, perhaps with group, or version and group, behind it. Pure. */
export function isNamed(type: ResourceType, word: string): boolean {
  const { group, version, kind, resource, shortNames = [] } = type;
  const [name = '', ...rest] = word.toLowerCase().split('.');
  if (![kind.toLowerCase(), resource, ...shortNames].includes(name)) return false;
  const behind = rest.join('.');
  return ['', group, `${version}.${group}`].includes(behind);
}

/** @throws VerbFailed when there is no such kind, or no such object of any kind by that name */
export async function findObject(
  kube: KubeClient,
  namespace: string,
  { resource, name }: Wanted,
): Promise<KubeObject> {
  const types = (await kube.resourceTypes()).filter((type) => isNamed(type, resource));
  if (types.length === 0)
    throw new VerbFailed(`the server doesn't have a resource type "${resource}"`);
  for (const { group, version, kind, namespaced } of types) {
    const apiVersion = formatApiVersion(group, version);
    const ref = { apiVersion, kind, name, ...(namespaced ? { namespace } : {}) };
    const object = await kube.get(ref);
    if (object !== undefined) return { ...object, apiVersion, kind };
  }
  throw new VerbFailed(`${types[0]?.resource ?? resource} "${name}" not found`);
}
