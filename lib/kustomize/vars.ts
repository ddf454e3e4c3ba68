/** `vars`: values of fields that stand as `$(NAME)` in other fields. */
import { decode } from './decode.ts';
import { failure } from './errors.ts';
import { applySpec } from './field-spec.ts';
import type { FieldSpec } from './field-spec.ts';
import { lookup, splitBracketPath } from './fields.ts';
import type { Variable } from './kustomization.ts';
import { eachField, isMissingOrNull, isString, Style, Tag } from './node.ts';
import type { YNode } from './node.ts';
import { printGvk, sameGvk, sameId, resIdOf, splitApiVersion } from './resource-id.ts';
import type { Gvk } from './resource-id.ts';
import type { ResourceList } from './resource-list.ts';
import type { Resource } from './resource.ts';

export type Variables = ReadonlyMap<string, Variable>;

function typeOf({ objref }: Variable): Gvk {
  const { group, version, kind } = objref;
  return objref.apiVersion === ''
    ? { group, version, kind }
    : { group, version, kind, ...filled(objref.apiVersion) };
}

/** An apiVersion without a slash leaves the group as it is. */
function filled(apiVersion: string): Partial<Gvk> {
  const { group, version } = splitApiVersion(apiVersion);
  return group === '' ? { version } : { group, version };
}

/** As Go prints the structure: of what is read from only the type. */
function describe(variable: Variable, type = typeOf(variable)): string {
  return `{${variable.name} ${printGvk(type)} {${variable.fieldref.fieldPath}}}`;
}

export function describeVariables(variables: readonly Variable[]): string {
  return `[${variables.map((each) => describe(each, each.objref)).join(' ')}]`;
}

/** Adds vars to those known; the objects that they read from remember them. @throws KustomizeError for a name twice */
export function addVariables(
  known: Variables,
  incoming: readonly Variable[],
  resources: ResourceList,
): Variables {
  for (const variable of incoming) {
    const { objref } = variable;
    const wanted = resIdOf(typeOf(variable), objref.name, objref.namespace, false);
    const found = resources.withAnyId((id) =>
      objref.namespace === '' ? id.name === wanted.name && sameGvk(id, wanted) : sameId(wanted, id),
    );
    if (found.length > 1) {
      throw failure(
        `found ${found.length} resId matches for var ${describe(variable)} (unable to disambiguate)`,
      );
    }
    found[0]?.varNames.push(variable.name);
  }
  return mergeVariables(known, incoming);
}

export function mergeVariables(known: Variables, incoming: Iterable<Variable>): Variables {
  const merged = new Map(known);
  for (const variable of incoming) {
    if (merged.has(variable.name)) throw failure(`var '${variable.name}' already encountered`);
    const { fieldPath } = variable.fieldref;
    merged.set(variable.name, {
      ...variable,
      fieldref: { fieldPath: fieldPath === '' ? 'metadata.name' : fieldPath },
    });
  }
  return merged;
}

type Primitive = string | number | bigint | boolean;

/** Puts the values of all vars in the places where vars may stand; `warn` hears of those that nothing used. */
export function resolveVariables(
  resources: ResourceList,
  variables: Variables,
  specs: readonly FieldSpec[],
  warn: (message: string) => void,
): void {
  if (variables.size === 0) return;
  const values = new Map<string, Primitive | undefined>();
  for (const name of [...variables.keys()].sort()) {
    const variable = variables.get(name);
    if (variable !== undefined) values.set(name, findValue(resources.resources, variable));
  }
  const used = new Set<string>();
  for (const resource of resources.resources) {
    for (const spec of specs) {
      applySpec(resource.root, spec, {
        set: (node) => {
          replaceIn(node, values, used);
        },
      });
    }
  }
  const unused = [...values.keys()].filter((name) => !used.has(name));
  if (unused.length > 0) warn(`well-defined vars that were never replaced: ${unused.join(',')}`);
}

function findValue(resources: readonly Resource[], variable: Variable): Primitive | undefined {
  const resource = resources.find((each) => each.varNames.includes(variable.name));
  if (resource === undefined) {
    throw failure(
      `var '${describe(variable)}' cannot be mapped to a field in the set of known resources`,
    );
  }
  const path = splitBracketPath(variable.fieldref.fieldPath, '.').flatMap(splitIndex);
  const missing = failure(
    `field specified in var '${describe(variable)}' not found in corresponding resource`,
  );
  let node: YNode | undefined;
  try {
    node = lookup(resource.root, path);
  } catch {
    throw missing;
  }
  if (node === undefined) throw missing;
  if (node.kind !== 'scalar') {
    decode(node);
    return undefined;
  }
  const value = primitiveOf(node);
  if (value === undefined) throw missing;
  return value;
}

/** `containers[0]` is two parts. */
function splitIndex(part: string): string[] {
  const match = /^(.*)\[(\d+)\]$/.exec(part);
  if (match === null) return [part];
  return [match[1] ?? '', match[2] ?? ''].filter((each) => each !== '');
}

function primitiveOf({ tag, value }: YNode): Primitive | undefined {
  switch (tag) {
    case Tag.int:
      return /^[-+]?\d+$/.test(value) ? BigInt(value.replace(/^\+/, '')) : undefined;
    case Tag.float:
      return Number.isNaN(Number(value)) ? undefined : Number(value);
    case Tag.bool:
      return value.toLowerCase() === 'true';
    default:
      return value;
  }
}

function replaceIn(
  node: YNode,
  values: ReadonlyMap<string, Primitive | undefined>,
  used: Set<string>,
): void {
  if (isMissingOrNull(node)) return;
  const replace = (each: YNode): void => {
    update(each, expand(each.value, values, used));
  };
  if (node.kind === 'scalar') {
    if (isString(node)) replace(node);
  } else if (node.kind === 'map') {
    eachField(node, (key, value) => {
      if (!isString(key)) {
        throw failure(`invalid map key: value='${key.value}', tag='${key.tag}'`);
      }
      if (isString(value)) replace(value);
    });
  } else {
    for (const item of node.content) {
      if (!isString(item)) throw failure('invalid value type expect a string');
      replace(item);
    }
  }
}

function update(node: YNode, value: Primitive): void {
  node.value = String(value);
  node.style = Style.plain;
  node.tag =
    typeof value === 'string'
      ? Tag.string
      : typeof value === 'boolean'
        ? Tag.bool
        : typeof value === 'bigint'
          ? Tag.int
          : Tag.float;
}

/** Replaces `$(NAME)`; a text that is nothing else takes the value with its type. `$$` is a dollar. */
function expand(
  text: string,
  values: ReadonlyMap<string, Primitive | undefined>,
  used: Set<string>,
): Primitive {
  let out = '';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== '$' || at + 1 >= text.length) continue;
    out += text.slice(from, at);
    const next = text[at + 1] ?? '';
    const close = next === '(' ? text.indexOf(')', at + 2) : -1;
    if (close >= 0) {
      const name = text.slice(at + 2, close);
      const value = values.get(name);
      if (value !== undefined) used.add(name);
      if (text === `$(${name})`) return value ?? text;
      out += String(value ?? `$(${name})`);
      at = close;
    } else {
      out += next === '$' ? '$' : `$${next}`;
      at += 1;
    }
    from = at + 1;
  }
  return out + text.slice(from);
}
