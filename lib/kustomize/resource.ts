/**
 * An object on its way through a build.
 *
 * What the build has to remember of it (former names, prefixes, whether a hash is wanted) lies in annotations of its own
 * until the end, as in the original: patches that replace annotations make it forget, there and here.
 */
import { clearField, getField, lookup, lookupCreate, setField, setText } from './fields.ts';
import {
  eachField,
  isEmpty,
  isMissingOrNull,
  scalar,
  stringNode,
  Style,
  textOf,
  valueOf,
  YNode,
} from './node.ts';
import { strategicMerge } from './merge.ts';
import { effectiveNamespace, printId, resIdOf, splitApiVersion } from './resource-id.ts';
import type { Gvk, ResId } from './resource-id.ts';
import { isClusterScoped } from './schema.ts';
import type { Schemas } from './schema.ts';

const domain = 'internal.config.kubernetes.io';

export const notes = {
  previousKinds: `${domain}/previousKinds`,
  previousNames: `${domain}/previousNames`,
  previousNamespaces: `${domain}/previousNamespaces`,
  prefixes: `${domain}/prefixes`,
  suffixes: `${domain}/suffixes`,
  refBy: `${domain}/refBy`,
  behavior: `${domain}/generatorBehavior`,
  needsHash: `${domain}/needsHashSuffix`,
  allowNameChange: `${domain}/allowNameChange`,
  allowKindChange: `${domain}/allowKindChange`,
} as const;

export const originKey = 'config.kubernetes.io/origin';
export const transformationsKey = 'alpha.config.kubernetes.io/transformations';

/** All annotations that a build takes away in the end. */
const buildAnnotations: readonly string[] = [
  ...Object.values(notes),
  `${domain}/path`,
  `${domain}/index`,
  `${domain}/seqindent`,
  `${domain}/id`,
  `${domain}/annotations-migration-resource-id`,
  'config.kubernetes.io/path',
  'config.kubernetes.io/index',
  'config.k8s.io/id',
];

export type Behavior = 'create' | 'replace' | 'merge' | 'unspecified';

export class Resource {
  /** Undefined once a patch has deleted the object. */
  node: YNode | undefined;
  /** Names of vars that read from the object. */
  varNames: string[] = [];

  constructor(node: YNode) {
    this.node = node;
  }

  copy(): Resource {
    const copy = new Resource(this.root.copy());
    copy.node = this.node?.copy();
    copy.varNames = [...this.varNames];
    return copy;
  }

  /** The object, an empty one when it is deleted. */
  get root(): YNode {
    return this.node ?? new YNode('map');
  }

  get isGone(): boolean {
    return isEmpty(this.node);
  }

  get kind(): string {
    return valueOf(this.node, 'kind')?.value ?? '';
  }

  set kind(kind: string) {
    setText(this.root, kind, 'kind');
  }

  get apiVersion(): string {
    return valueOf(this.node, 'apiVersion')?.value ?? '';
  }

  set apiVersion(apiVersion: string) {
    setText(this.root, apiVersion, 'apiVersion');
  }

  get gvk(): Gvk {
    return { ...splitApiVersion(this.apiVersion), kind: this.kind };
  }

  get name(): string {
    return this.metadataText('name');
  }

  set name(name: string) {
    setText(this.root, name, 'metadata', 'name');
  }

  get namespace(): string {
    return this.metadataText('namespace');
  }

  set namespace(namespace: string) {
    if (namespace === '') clearField(lookup(this.root, ['metadata']), 'namespace');
    else setText(this.root, namespace, 'metadata', 'namespace');
  }

  private metadataText(name: string): string {
    const value = valueOf(this.metadata, name);
    return value === undefined || isEmpty(value) ? '' : value.value;
  }

  private get metadata(): YNode | undefined {
    const metadata = isMissingOrNull(this.node) ? undefined : valueOf(this.node, 'metadata');
    return isEmpty(metadata) ? undefined : metadata;
  }

  annotations(): Map<string, string> {
    return this.metadataMap('annotations');
  }

  setAnnotations(values: ReadonlyMap<string, string>): void {
    this.setMetadataMap('annotations', values);
  }

  labels(): Map<string, string> {
    return this.metadataMap('labels');
  }

  setLabels(values: ReadonlyMap<string, string>): void {
    this.setMetadataMap('labels', values);
  }

  private metadataMap(field: string): Map<string, string> {
    const values = new Map<string, string>();
    const map = valueOf(this.metadata, field);
    if (map !== undefined) eachField(map, (key, value) => values.set(key.value, value.value));
    return values;
  }

  private setMetadataMap(field: string, values: ReadonlyMap<string, string>): void {
    const metadata = lookupCreate(this.root, 'map', ['metadata']);
    clearField(metadata, field);
    if (values.size === 0 || metadata === undefined) return;
    const map = lookupCreate(metadata, 'map', [field]);
    if (map === undefined) return;
    for (const key of [...values.keys()].sort()) {
      setField(map, key, stringNode(values.get(key) ?? ''));
    }
  }

  annotation(key: string): string | undefined {
    return valueOf(valueOf(this.metadata, 'annotations'), key)?.value;
  }

  /** Sets one annotation; it is quoted. */
  annotate(key: string, value: string): void {
    setAnnotation(this.root, key, value);
  }

  private enable(key: string): void {
    this.setAnnotations(this.annotations().set(key, 'enabled'));
  }

  private isEnabled(key: string): boolean {
    return this.annotation(key) === 'enabled';
  }

  private list(key: string): string[] {
    return this.annotation(key)?.split(',') ?? [];
  }

  private addToList(key: string, value: string): void {
    if (value !== '') this.annotate(key, [...this.list(key), value].join(','));
  }

  get prefixes(): string[] {
    return this.list(notes.prefixes);
  }

  get suffixes(): string[] {
    return this.list(notes.suffixes);
  }

  addPrefix(prefix: string): void {
    this.addToList(notes.prefixes, prefix);
  }

  addSuffix(suffix: string): void {
    this.addToList(notes.suffixes, suffix);
  }

  addReferrer(id: ResId): void {
    this.addToList(notes.refBy, printId(id));
  }

  allowNameChange(): void {
    this.enable(notes.allowNameChange);
  }

  allowKindChange(): void {
    this.enable(notes.allowKindChange);
  }

  wantHash(): void {
    this.enable(notes.needsHash);
  }

  get wantsHash(): boolean {
    return this.isEnabled(notes.needsHash);
  }

  get behavior(): Behavior {
    const behavior = this.annotation(notes.behavior);
    return behavior === 'create' || behavior === 'replace' || behavior === 'merge'
      ? behavior
      : 'unspecified';
  }

  set behavior(behavior: Behavior) {
    this.setAnnotations(this.annotations().set(notes.behavior, behavior));
  }

  /** Who the object is now. */
  get id(): ResId {
    const { gvk } = this;
    return resIdOf(gvk, this.name, this.namespace, isClusterScoped(this.apiVersion, gvk.kind));
  }

  /** Who it was, the oldest first. */
  get previousIds(): ResId[] {
    const names = this.annotation(notes.previousNames)?.split(',');
    if (names === undefined) return [];
    const namespaces = (this.annotation(notes.previousNamespaces) ?? '').split(',');
    const kinds = (this.annotation(notes.previousKinds) ?? '').split(',');
    const { group, version } = this.gvk;
    return names.map((name, at) =>
      resIdOf({ group, version, kind: kinds[at] ?? '' }, name, namespaces[at] ?? '', false),
    );
  }

  /** Who it was when it was read. */
  get originalId(): ResId {
    return this.previousIds[0] ?? this.id;
  }

  rememberId(): void {
    const { id } = this;
    this.addToList(notes.previousNames, id.name);
    this.addToList(notes.previousNamespaces, effectiveNamespace(id));
    this.addToList(notes.previousKinds, id.kind);
  }

  /** Takes labels, annotations and names of another object; what this one says itself wins. */
  takeMetadataOf(other: Resource): void {
    this.setLabels(new Map([...other.labels(), ...this.labels()]));
    const own = this.annotations();
    const before = other.annotations();
    const merged = new Map([...before, ...own]);
    for (const key of buildAnnotations) {
      const value = before.get(key);
      if (value === undefined) merged.delete(key);
      else merged.set(key, value);
    }
    if (!own.has(notes.needsHash)) merged.delete(notes.needsHash);
    this.setAnnotations(merged);
    this.name = other.name;
    this.namespace = other.namespace;
    this.varNames = [...other.varNames];
  }

  /** Texts of `data` or `binaryData`. */
  dataMap(field: 'data' | 'binaryData'): Map<string, string> {
    const values = new Map<string, string>();
    const map = getField(this.node, field);
    if (map?.kind === 'map') {
      eachField(map, (key, value) => {
        if (!values.has(textOf(key))) values.set(textOf(key), textOf(value));
      });
    }
    return values;
  }

  setDataMap(field: 'data' | 'binaryData', values: ReadonlyMap<string, string>): void {
    clearField(this.root, field);
    if (values.size === 0) return;
    const map = lookupCreate(this.root, 'map', [field]);
    if (map === undefined) return;
    for (const key of [...values.keys()].sort())
      setField(map, key, stringNode(values.get(key) ?? ''));
  }

  /** Merges a patch into the object; name and kind stay unless the patch may change them. */
  applyStrategicMerge(patch: Resource, schemas: Schemas): void {
    const { name, namespace, kind } = this;
    const mayRename = patch.isEnabled(notes.allowNameChange);
    const mayChangeKind = patch.isEnabled(notes.allowKindChange);
    if (mayRename || mayChangeKind) this.rememberId();
    if (strategicMerge(patch.root, this.root, schemas) === undefined) this.node = undefined;
    if (this.isGone) return;
    if (!mayChangeKind) this.kind = kind;
    if (!mayRename) this.name = name;
    this.namespace = namespace;
  }

  removeBuildAnnotations(): void {
    const values = this.annotations();
    if (values.size === 0) return;
    for (const key of buildAnnotations) values.delete(key);
    this.setAnnotations(values);
  }
}

/** Annotations that a JSON patch may not touch. */
export function internalAnnotations(resource: Resource): Map<string, string> {
  const kept = new Map<string, string>();
  for (const [key, value] of resource.annotations()) {
    if (key.startsWith(domain) || buildAnnotations.includes(key)) kept.set(key, value);
  }
  return kept;
}

export function setAnnotation(object: YNode, key: string, value: string): void {
  const metadata = getField(object, 'metadata');
  const annotations = getField(metadata, 'annotations');
  if (annotations?.content.length === 0) clearField(metadata, 'annotations');
  if (metadata?.content.length === 0) clearField(object, 'metadata');
  setMetadataEntry(object, 'annotations', key, value);
}

export function setMetadataEntry(object: YNode, field: string, key: string, value: string): void {
  const map = lookupCreate(object, 'map', ['metadata', field]);
  if (map !== undefined) setField(map, key, scalar(value, '!!str', Style.single));
}
