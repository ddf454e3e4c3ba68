/** The JSONPath templates of kubectl, as far as they select values (k8s.io/client-go/util/jsonpath). */
import type { GoValue } from '../values/mod.ts';
import { writeJson } from '../yaml/mod.ts';
import { refuse } from './context.ts';

/**
 * Text with selections in braces: `{.a.b[0].c}`, `{.list[*].name}`, `{..name}`, `{.a['b.c']}`, `{"text"}`. Filters and
 * ranges are not served.
 *
 * @throws HelmError for a template that cannot be read, or a key that is not there
 */
export function jsonPath(template: string, root: GoValue): string {
  return template.replaceAll(/\{([^}]*)\}/g, (_, body: string) => {
    const text = /^\s*"(.*)"\s*$/.exec(body)?.[1];
    if (text !== undefined) return text.replaceAll('\\n', '\n').replaceAll('\\t', '\t');
    return select(template, body.trim(), root).map(show).join(' ');
  });
}

const step =
  /^(?:\.\.([\w-]+)|\.?\[(?:'([^']*)'|"([^"]*)"|(\*)|(-?\d+)|(-?\d*):(-?\d*))\]|\.(\*)|\.((?:[\w-]|\\.)+))/;

function select(template: string, path: string, root: GoValue): GoValue[] {
  let rest = path.replace(/^\$/, '').replace(/^@/, '');
  let found: GoValue[] = [root];
  while (rest !== '' && rest !== '.') {
    const match = step.exec(rest);
    if (match === null)
      throw refuse(`error parsing jsonpath ${template}: unrecognized character in ${rest}`);
    rest = rest.slice(match[0].length);
    const [, deep, single, double, all, index, from, to, star, name] = match;
    const key = single ?? double ?? name?.replaceAll(/\\(.)/g, '$1');
    if (deep !== undefined) found = found.flatMap((value) => below(value, deep));
    else if (all !== undefined || star !== undefined) found = found.flatMap(children);
    else if (index !== undefined)
      found = found.flatMap((value) =>
        Array.isArray(value) ? value.slice(Number(index)).slice(0, 1) : [],
      );
    else if (key === undefined)
      found = found.flatMap((value) =>
        Array.isArray(value)
          ? value.slice(Number(from || 0), to === '' || to === undefined ? undefined : Number(to))
          : [],
      );
    else {
      found = found.map((value) => {
        const child = value instanceof Map ? value.get(key) : undefined;
        if (child === undefined) throw refuse(`${key} is not found`);
        return child;
      });
    }
  }
  return found;
}

function children(value: GoValue): GoValue[] {
  if (Array.isArray(value)) return value;
  return value instanceof Map ? [...value.values()] : [];
}

function below(value: GoValue, key: string): GoValue[] {
  const own = value instanceof Map ? value.get(key) : undefined;
  return [
    ...(own === undefined ? [] : [own]),
    ...children(value).flatMap((child) => below(child, key)),
  ];
}

const show = (value: GoValue): string => (typeof value === 'string' ? value : writeJson(value));
