/** Values copied from a field of one object to fields of others. */
import { failure, prefixed, within } from './errors.ts';
import { identityOf } from './field-spec.ts';
import { lookup, splitBracketPath } from './fields.ts';
import { decodeStruct, list } from './go-json.ts';
import { replacement as replacementDecoder, yamlValue } from './kustomization.ts';
import type {
  FieldOptions,
  Replacement,
  ReplacementField,
  SelectorFields,
} from './kustomization.ts';
import { matchesLabels } from './label-selector.ts';
import type { Loader } from './loader.ts';
import { isEmpty, scalar, textOf } from './node.ts';
import type { YNode } from './node.ts';
import { matchPath } from './path-match.ts';
import { isSelectedBy, printId, resIdOf } from './resource-id.ts';
import type { Gvk, ResId } from './resource-id.ts';
import { Resource } from './resource.ts';
import type { ResourceList } from './resource-list.ts';

type Target = NonNullable<NonNullable<Replacement['targets']>[number]>;

/** Replacements of a kustomization; those in files are read. */
export function loadReplacements(
  listed: readonly ReplacementField[],
  loader: Loader,
): Replacement[] {
  return listed.flatMap((each) => {
    const isInline = each.source !== undefined || (each.targets ?? []).length > 0;
    if (each.path === '') return [each];
    if (isInline) throw failure('cannot specify both path and inline replacement');
    const value = yamlValue(loader.load(each.path));
    if (Array.isArray(value)) {
      return decodeStruct(value, list(replacementDecoder), false) ?? [];
    }
    if (value instanceof Map) return [decodeStruct(value, replacementDecoder, false)];
    const kind = value === null ? 'invalid' : typeof value;
    throw failure(`unsupported replacement type encountered within replacement path: ${kind}`);
  });
}

export function applyReplacements(
  resources: ResourceList,
  replacements: readonly Replacement[],
): void {
  const nodes = resources.resources.map((resource) => resource.root);
  for (const replacement of replacements) {
    const { source, sourceValue, targets } = replacement;
    if ((source === undefined && sourceValue === undefined) || targets === undefined) {
      throw failure('replacements must specify a source and at least one target');
    }
    const value = valueToCopy(nodes, replacement);
    for (const target of targets) if (target !== undefined) copyTo(nodes, value, target);
  }
  resources.dropEmpty();
}

/** Former ids are compared without looking whether their kinds have a namespace. */
function idsOf(node: YNode): ResId[] {
  const identity = identityOf(node);
  const current = resIdOf(identity, identity.name, identity.namespace, false);
  return [current, ...new Resource(node).previousIds];
}

function valueToCopy(nodes: readonly YNode[], { source, sourceValue }: Replacement): YNode {
  if (sourceValue !== undefined && source !== undefined) {
    throw failure('value and resource selectors are mutually exclusive');
  }
  if (source === undefined) return scalar(sourceValue ?? '');
  const selector = selectorId(source);
  const described = describeSource(source);
  const found = nodes.filter((node) => idsOf(node).some((id) => isSelectedBy(id, selector)));
  if (found.length > 1) throw failure(`multiple matches for selector ${described}`);
  const [node] = found;
  if (node === undefined) throw failure(`nothing selected by ${described}`);
  const fieldPath = source.fieldPath === '' ? 'metadata.name' : source.fieldPath;
  const value = within('error looking up replacement source', () =>
    lookup(node, splitBracketPath(fieldPath, '.')),
  );
  if (value === undefined || isEmpty(value)) {
    throw failure(
      `fieldPath \`${fieldPath}\` is missing for replacement source ${printId(selector)}`,
    );
  }
  return refined(value, source.options);
}

function selectorId(selector: Gvk & { name: string; namespace: string }): ResId {
  return resIdOf(selector, selector.name, selector.namespace, false);
}

function describeSource(source: NonNullable<Replacement['source']>): string {
  const { options } = source;
  const parts = [printId(source)];
  if (source.fieldPath !== '') parts.push(source.fieldPath);
  if (options !== undefined && (options.delimiter !== '' || options.create)) {
    parts.push(`${options.delimiter}(${options.index}), create=${options.create}`);
  }
  return parts.join(':');
}

function refined(value: YNode, options: FieldOptions | undefined): YNode {
  if (options === undefined || options.delimiter === '') return value;
  if (value.kind !== 'scalar') {
    throw failure('delimiter option can only be used with scalar nodes');
  }
  const part = textOf(value).split(options.delimiter)[options.index];
  if (part === undefined) {
    throw failure(`options.index ${options.index} is out of bounds for value ${textOf(value)}`);
  }
  const copy = value.copy();
  copy.value = part;
  return copy;
}

function copyTo(nodes: readonly YNode[], value: YNode, target: Target): void {
  const { select } = target;
  if (select === undefined) throw failure('target must specify resources to select');
  const selector = selectorId(select);
  const rejects = (target.reject ?? []).filter((each) => each !== undefined);
  const rejectIds = rejects.map(selectorId).filter((id) => !isEmptyId(id));
  for (const node of nodes) {
    const ids = idsOf(node);
    if (!matchesMetadata(node, select)) continue;
    if (rejects.some((each) => hasSelector(each) && matchesMetadata(node, each))) continue;
    if (!ids.some((id) => isSelectedBy(id, selector))) continue;
    if (rejectIds.some((reject) => ids.some((id) => isSelectedBy(id, reject)))) continue;
    const paths = target.fieldPaths ?? [];
    for (const path of paths.length === 0 ? ['metadata.name'] : paths) {
      copyToField(node, value, path, target.options);
    }
  }
}

function isEmptyId(id: ResId): boolean {
  return [id.group, id.version, id.kind, id.name, id.namespace].every((part) => part === '');
}

function hasSelector(selector: SelectorFields): boolean {
  return selector.annotationSelector !== '' || selector.labelSelector !== '';
}

function matchesMetadata(node: YNode, selector: SelectorFields): boolean {
  const resource = new Resource(node);
  return (
    matchesLabels(selector.annotationSelector, resource.annotations()) &&
    matchesLabels(selector.labelSelector, resource.labels())
  );
}

function copyToField(
  node: YNode,
  value: YNode,
  path: string,
  options: FieldOptions | undefined,
): void {
  const creates = options?.create === true;
  const problem = `unable to find ${creates ? 'or create ' : ''}field ${JSON.stringify(path)} in replacement target`;
  let fields: YNode[];
  try {
    fields = matchPath(node, splitBracketPath(path, '.'), creates ? value.kind : undefined) ?? [];
  } catch (thrown) {
    throw prefixed(problem, thrown);
  }
  if (fields.length === 0) throw failure(problem);
  for (const field of fields) setValue(field, value, options);
}

function setValue(field: YNode, value: YNode, options: FieldOptions | undefined): void {
  const copy = value.copy();
  if (options !== undefined && options.delimiter !== '') {
    if (field.kind !== 'scalar') {
      throw failure('delimiter option can only be used with scalar nodes');
    }
    const parts = field.value.split(options.delimiter);
    const part = textOf(copy);
    if (options.index < 0) parts.unshift(part);
    else if (options.index >= parts.length) parts.push(part);
    else parts[options.index] = part;
    copy.value = parts.join(options.delimiter);
  }
  // Only the text: the field stays the string or number that it was.
  if (field.kind === 'scalar') field.value = copy.value;
  else field.become(copy);
}
