/** Which objects a rule is about: `target` of ignore rules (fluxcd/pkg, kustomize's selectors). Pure. */
import { RE2JS, RE2JSSyntaxException } from 're2js';
import { parseApiVersion } from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import type { Fields } from './fields.ts';

export interface TargetRule {
  /** All objects when it is not given. */
  target: Fields | undefined;
  /** JSON pointers. */
  paths: readonly string[];
}

/** @param identity where it differs from what the object says of itself, as its namespace may */
export function pathsFor(
  rules: readonly TargetRule[],
  object: KubeObject,
  identity: { namespace: string; name: string } = {
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name ?? '',
  },
): string[] {
  const is = { ...parseApiVersion(object.apiVersion), kind: object.kind, ...identity };
  const { labels = {}, annotations = {} } = object.metadata;
  const isTarget = (target: Fields) =>
    (['group', 'version', 'kind', 'namespace', 'name'] as const).every((key) =>
      fitsPattern(target.text(key), is[key]),
    ) &&
    fitsSelector(target.text('labelSelector'), labels) &&
    fitsSelector(target.text('annotationSelector'), annotations);
  return rules
    .filter(({ target }) => target === undefined || isTarget(target))
    .flatMap(({ paths }) => paths);
}

/** Patterns fit as a whole; one that cannot be read fits only itself. */
function fitsPattern(pattern: string | undefined, text: string): boolean {
  if (pattern === undefined) return true;
  try {
    return RE2JS.compile(pattern).matcher(text).matches();
  } catch (thrown) {
    if (thrown instanceof RE2JSSyntaxException) return pattern === text;
    throw thrown;
  }
}

/** `a=b,c!=d,e,!f` */
function fitsSelector(
  selector: string | undefined,
  values: Readonly<Record<string, string>>,
): boolean {
  return (selector ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .every((part) => {
      const match = /^([^=!\s]+)\s*(==|=|!=)\s*(.*)$/.exec(part);
      if (match !== null) {
        const [, key = '', operator, wanted] = match;
        return (values[key] === wanted) === (operator !== '!=');
      }
      return part.startsWith('!') ? !(part.slice(1) in values) : part in values;
    });
}
