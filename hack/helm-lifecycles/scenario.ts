/** What a life cycle is made of. */
import type { KubeObject } from '../../lib/objects/mod.ts';

/** Files of a chart by name; Chart.yaml is made when it is missing. */
export type ChartFiles = Readonly<Record<string, string>>;

export type Step =
  /** A command line; `{v1}` stands for the folder of the chart `v1`, `NS` for the namespace. */
  | { helm: string; env?: Readonly<Record<string, string>> }
  /** Somebody changes an object by hand (JSON merge patch). */
  | { edit: ObjectName; patch: object }
  | { create: KubeObject }
  | { remove: ObjectName }
  /** A stored revision is made to look as if its operation had been cut off. */
  | { interrupt: { release: string; revision: number; status: string } };

export interface ObjectName {
  apiVersion: string;
  kind: string;
  name: string;
}

export interface Scenario {
  name: string;
  charts: Readonly<Record<string, ChartFiles>>;
  steps: readonly Step[];
  /** CustomResourceDefinitions that are removed afterwards. */
  crds?: readonly string[];
}

export const helm = (line: string, env: Readonly<Record<string, string>> = {}): Step => ({
  helm: line,
  env,
});

/** A ConfigMap as text. */
export function configMap(
  name: string,
  data: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>> = {},
): string {
  return [
    'apiVersion: v1',
    'kind: ConfigMap',
    'metadata:',
    `  name: ${name}`,
    ...mapLines('  annotations', annotations),
    ...mapLines('data', data),
    '',
  ].join('\n');
}

/** A Pod that ends as its label says: `ok`, `fail`, or never. */
export function pod(
  name: string,
  ends: 'ok' | 'fail' | 'never',
  annotations: Readonly<Record<string, string>> = {},
): string {
  return [
    'apiVersion: v1',
    'kind: Pod',
    'metadata:',
    `  name: ${name}`,
    `  labels: {ends: ${ends}}`,
    ...mapLines('  annotations', annotations),
    'spec:',
    '  restartPolicy: Never',
    '  containers: [{name: main, image: example/none}]',
    '',
  ].join('\n');
}

/** A Job whose Pods end as their label says. */
export function job(
  name: string,
  ends: 'ok' | 'fail' | 'never',
  annotations: Readonly<Record<string, string>> = {},
): string {
  return [
    'apiVersion: batch/v1',
    'kind: Job',
    'metadata:',
    `  name: ${name}`,
    ...mapLines('  annotations', annotations),
    'spec:',
    '  backoffLimit: 0',
    '  template:',
    `    metadata: {labels: {ends: ${ends}}}`,
    '    spec:',
    '      restartPolicy: Never',
    '      containers: [{name: main, image: example/none}]',
    '',
  ].join('\n');
}

/** A Deployment; its Pods get ready when `ends` is `ready`. */
export function deployment(
  name: string,
  image: string,
  ends: 'ready' | 'never',
  more = '',
): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: 1
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}, ends: ${ends}}}
    spec:
      containers:
      - name: main
        image: ${image}
        ports: [{containerPort: 80, name: http}]
        env: [{name: A, value: "1"}, {name: B, value: "2"}]
${more}`;
}

export const hook = (events: string, weight = 0, policy = ''): Record<string, string> => ({
  'helm.sh/hook': events,
  ...(weight === 0 ? {} : { 'helm.sh/hook-weight': String(weight) }),
  ...(policy === '' ? {} : { 'helm.sh/hook-delete-policy': policy }),
});

function mapLines(key: string, map: Readonly<Record<string, string>>): string[] {
  const entries = Object.entries(map);
  if (entries.length === 0) return [];
  const indent = ' '.repeat(key.length - key.trimStart().length + 2);
  return [
    `${key}:`,
    ...entries.map(([name, value]) => `${indent}${name}: ${JSON.stringify(value)}`),
  ];
}
