/** Objects as rows of a table. Pure. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { UsageError } from '../errors.ts';
import { fullName, isPaused } from './kinds.ts';
import type { FluxKind } from './kind.ts';
import { conditionsOf, shortHashes, textAt } from './read.ts';
import { age } from './since.ts';

export interface RowOptions {
  /** A column with the namespace. */
  namespaces: boolean;
  /** Names with their kind in front. */
  kinds: boolean;
  /** A column with the source of kinds that have one. */
  source: boolean;
  /** Further columns: where a source is, how old objects are. */
  wide: boolean;
  now: Date;
}

export function headerOf(of: FluxKind, options: RowOptions): string[] {
  return [
    ...(options.namespaces ? ['Namespace'] : []),
    'Name',
    ...(options.source && hasSource(of) ? ['Source'] : []),
    ...of.columns.map(({ title }) => title),
    ...(of.showsPause ? ['Suspended'] : []),
    'Ready',
    'Message',
    ...(options.wide ? ['URL', 'Age'] : []),
  ];
}

const hasSource = ({ kind, generation }: FluxKind) =>
  generation === 2 && ['Kustomization', 'HelmRelease', 'HelmChart'].includes(kind);

export function rowOf(of: FluxKind, object: KubeObject, options: RowOptions): string[] {
  const { name = '', namespace = '' } = object.metadata;
  const source = of.source(object);
  const { status, message } = of.state(object);
  const shortened = (text: string, isShort: boolean | undefined) =>
    isShort === true ? shortHashes(text) : text;
  return [
    ...(options.namespaces ? [namespace] : []),
    options.kinds ? `${kindShown(of)}/${name}` : name,
    ...(options.source && hasSource(of)
      ? [source === undefined ? '' : `${source.kind}/${source.namespace}/${source.name}`]
      : []),
    ...of.columns.map((column) => shortened(column.of(object), column.short)),
    ...(of.showsPause ? [isPaused(of, object) ? 'True' : 'False'] : []),
    status,
    shortened(message, of.shortMessage),
    ...(options.wide ? [urlOf(object), ageOf(object, options.now)] : []),
  ];
}

/** The older generation's HelmRelease says its group. */
const kindShown = (of: FluxKind) =>
  of.generation === 1 && of.kind === 'HelmRelease' ? fullName(of) : of.kind.toLowerCase();

function urlOf(object: KubeObject): string {
  const paths = [
    ['spec', 'url'],
    ['spec', 'endpoint'],
    ['spec', 'image'],
    ['spec', 'address'],
    ['spec', 'chart', 'git'],
    ['spec', 'chart', 'repository'],
  ];
  return paths.map((path) => textAt(object, ...path)).find((url) => url !== '') ?? '';
}

function ageOf({ metadata }: KubeObject, now: Date): string {
  return age(metadata.creationTimestamp ?? '', now);
}

/** `ready=false` or `ready!=true`, of conditions of any name and in any case. */
export interface StatusSelector {
  type: string;
  status: string;
  negated: boolean;
}

/** @throws UsageError */
export function parseStatusSelector(text: string): StatusSelector | undefined {
  if (text === '') return undefined;
  const negated = text.includes('!=');
  const sign = negated ? '!=' : '=';
  const place = text.indexOf(sign);
  if (place < 0)
    throw new UsageError(
      `expected status selector in type=status or type!=status format, but found: ${text}`,
    );
  return { type: text.slice(0, place), status: text.slice(place + sign.length), negated };
}

export function isSelected(
  of: FluxKind,
  object: KubeObject,
  selector: StatusSelector | undefined,
): boolean {
  if (selector === undefined) return true;
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  // What a kind says of itself counts as its readiness, with or without conditions.
  const status =
    same(selector.type, 'ready') && (of.generation === 1 || of.isStatic(object))
      ? of.state(object).status
      : conditionsOf(object).findLast(({ type }) => same(type, selector.type))?.status;
  const fits = status !== undefined && same(status, selector.status);
  return fits !== selector.negated;
}
