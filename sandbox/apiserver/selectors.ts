/** Label and field selectors. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { badRequest } from './api-error.ts';

export type Selector = (object: KubeObject) => boolean;

/** `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a`, `!a`, joined by commas. @throws ApiError 400 */
export function labelSelector(text: string): Selector {
  const parts = splitOutsideParentheses(text).map(labelRequirement);
  return (object) => {
    const labels = object.metadata.labels ?? {};
    return parts.every((part) => part(labels));
  };
}

type Requirement = (labels: Readonly<Record<string, string>>) => boolean;

function labelRequirement(text: string): Requirement {
  const set = /^([^\s!=,()]+)\s+(in|notin)\s+\(([^()]*)\)$/.exec(text);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    return operator === 'in'
      ? (labels) => Object.hasOwn(labels, key) && values.includes(labels[key] ?? '')
      : (labels) => !Object.hasOwn(labels, key) || !values.includes(labels[key] ?? '');
  }
  const equality = /^([^\s!=,()]+)\s*(==|=|!=)\s*([^\s!=,()]*)$/.exec(text);
  if (equality !== null) {
    const [, key = '', operator, value = ''] = equality;
    return operator === '!='
      ? (labels) => labels[key] !== value
      : (labels) => labels[key] === value;
  }
  const presence = /^(!?)\s*([^\s!=,()]+)$/.exec(text);
  if (presence !== null) {
    const [, not, key = ''] = presence;
    return not === '!'
      ? (labels) => !Object.hasOwn(labels, key)
      : (labels) => Object.hasOwn(labels, key);
  }
  throw badRequest(`unable to parse requirement: found '${text}', expected: a label selector`);
}

/** Fields that can be selected by, besides metadata.name and metadata.namespace. */
const selectable: Readonly<Record<string, readonly string[]>> = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'status.phase',
    'status.podIP',
  ],
  events: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  secrets: ['type'],
  namespaces: ['status.phase'],
  nodes: ['spec.unschedulable'],
  replicasets: ['status.replicas'],
  jobs: ['status.successful'],
};

/** `metadata.name=x,type!=y`. @throws ApiError 400 for a field that the kind cannot be selected by */
export function fieldSelector(text: string, resource: string): Selector {
  const parts = text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(part);
      if (match === null)
        throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
      const [, field = '', operator, value = ''] = match;
      const known =
        field === 'metadata.name' ||
        field === 'metadata.namespace' ||
        (selectable[resource] ?? []).includes(field);
      if (!known) throw badRequest(`field label not supported: ${field}`);
      return { path: field.split('.'), equal: operator !== '!=', value };
    });
  return (object) =>
    parts.every(({ path, equal, value }) => (textAt(object, path) === value) === equal);
}

function textAt(object: KubeObject, path: readonly string[]): string {
  let at: unknown = object;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return '';
    at = (at as Record<string, unknown>)[key];
  }
  if (typeof at === 'object' && at !== null && 'component' in at) at = at.component;
  return at === undefined || at === null ? '' : String(at as string | number | boolean);
}

function splitOutsideParentheses(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const char of text) {
    if (char === '(') depth += 1;
    if (char === ')') depth -= 1;
    if (char === ',' && depth === 0) {
      parts.push(part.trim());
      part = '';
    } else part += char;
  }
  return [...parts, part.trim()].filter((each) => each !== '');
}
