/** One scenario, each step by one of the two programs. */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { KubeClient } from '../../lib/kube/mod.ts';
import { messageOf, runProgram } from '../../lib/runtime/mod.ts';
import { startFinisher } from './finisher.ts';
import type { Scenario, Step } from './scenario.ts';
import { takeSnapshot, withoutTimes } from './snapshot.ts';
import type { Snapshot } from './snapshot.ts';

export interface Programs {
  /** Program and first arguments. */
  helm: readonly string[];
  ours: readonly string[];
  kubeconfig: string;
}

/** Who runs the steps: all one, or by turns. */
export type Mode = 'helm' | 'ours' | 'helm first' | 'ours first';

export interface StepResult extends Snapshot {
  step: string;
  /** Exit code, output and complaints. */
  printed: string;
}

export async function runScenario(
  scenario: Scenario,
  mode: Mode,
  options: { kube: KubeClient; programs: Programs; namespace: string; charts: string },
): Promise<StepResult[]> {
  const { kube, namespace } = options;
  await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await settled(kube, namespace);
  const finisher = startFinisher(kube, namespace);
  const results: StepResult[] = [];
  let turn = mode === 'ours' || mode === 'ours first' ? 'ours' : 'helm';
  try {
    for (const step of scenario.steps) {
      const printed = await perform(step, turn === 'ours' ? 'ours' : 'helm', options);
      if ('helm' in step && mode.endsWith('first')) turn = turn === 'ours' ? 'helm' : 'ours';
      await podsGone(kube, namespace);
      const snapshot = await takeSnapshot(kube, namespace);
      results.push({
        step: 'helm' in step ? step.helm : JSON.stringify(step),
        printed,
        ...snapshot,
      });
    }
    return results;
  } finally {
    await finisher.stop();
    await cleanUp(kube, scenario, namespace);
  }
}

async function perform(
  step: Step,
  who: 'helm' | 'ours',
  {
    kube,
    programs,
    namespace,
    charts,
  }: { kube: KubeClient; programs: Programs; namespace: string; charts: string },
): Promise<string> {
  if ('helm' in step) {
    const words = wordsOf(
      step.helm.replaceAll('NS', namespace).replaceAll(/\{(\w+)\}/g, `${charts}/$1`),
    );
    const [program = '', ...first] = programs[who];
    const result = await runProgram(program, [...first, '-n', namespace, ...words], {
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: charts,
        KUBECONFIG: programs.kubeconfig,
        TZ: 'UTC',
        ...step.env,
      },
    });
    const text = `exit ${result.exitCode}\n${result.stdout.toString()}\n--\n${complaints(result.stderr.toString())}`;
    return withoutTimes(text.replaceAll(namespace, 'NS').replaceAll(charts, 'CHARTS'));
  }
  // The step before may have brought a kind.
  kube.invalidateDiscovery();
  try {
    await byHand(step, kube, namespace);
    return 'done';
  } catch (thrown) {
    return messageOf(thrown).replaceAll(namespace, 'NS');
  }
}

async function byHand(step: Step, kube: KubeClient, namespace: string): Promise<void> {
  const inNamespace = <T>(value: T): T =>
    JSON.parse(JSON.stringify(value).replaceAll('"NS"', JSON.stringify(namespace))) as T;
  if ('helm' in step) return;
  if ('edit' in step) {
    await kube.patch({ ...step.edit, namespace }, 'merge', inNamespace(step.patch));
  } else if ('create' in step) {
    await kube.create({ ...step.create, metadata: { ...step.create.metadata, namespace } });
  } else if ('remove' in step) await kube.delete({ ...step.remove, namespace });
  else await interrupt(kube, namespace, step.interrupt);
}

/** Warnings of the API server look different in the two programs. */
const complaints = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !/^(?:[EIW]\d{4} |Warning: )/.test(line))
    // We say what can be done about it, too.
    .map((line) => line.replace(/, and the release takes .*$/, ''))
    .join('\n');

/** Splits at spaces outside of double quotes. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/(?:[^\s"]|"[^"]*")+/g)].map(([word]) => word.replaceAll('"', ''));

async function interrupt(
  kube: KubeClient,
  namespace: string,
  { release, revision, status }: { release: string; revision: number; status: string },
): Promise<void> {
  const name = `sh.helm.release.v1.${release}.v${revision}`;
  const ref = { apiVersion: 'v1', kind: 'Secret', namespace, name };
  const secret = await kube.get(ref);
  const data: unknown = secret?.['data'];
  if (typeof data !== 'object' || data === null || !('release' in data))
    throw new Error(`${name} is not there`);
  const zipped = Buffer.from(
    Buffer.from(String(data.release), 'base64').toString('latin1'),
    'base64',
  );
  const json = gunzipSync(zipped).toString('utf8');
  const changed = json.replace(/"status":"[a-z-]+"/, `"status":"${status}"`);
  const text = gzipSync(changed, { level: 9 }).toString('base64');
  await kube.patch(ref, 'merge', {
    metadata: { labels: { status } },
    data: { release: Buffer.from(text).toString('base64') },
  });
}

/** A new namespace has its ServiceAccount and root certificate after a moment. */
async function settled(kube: KubeClient, namespace: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const account = await kube.get({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      namespace,
      name: 'default',
    });
    const root = await kube.get({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace,
      name: 'kube-root-ca.crt',
    });
    if (account !== undefined && root !== undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Objects that are being deleted still show for a while. */
async function podsGone(kube: KubeClient, namespace: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const lists = await Promise.all(
      [
        ['v1', 'Pod'],
        ['batch/v1', 'Job'],
        ['apps/v1', 'Deployment'],
      ].map(([apiVersion = '', kind = '']) => kube.list({ apiVersion, kind, namespace })),
    );
    const leaving = lists
      .flatMap(({ items }) => items)
      .some(({ metadata }) => metadata.deletionTimestamp !== undefined);
    if (!leaving) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function cleanUp(kube: KubeClient, scenario: Scenario, namespace: string): Promise<void> {
  for (const name of [namespace, `${namespace}-new`])
    await kube.delete({ apiVersion: 'v1', kind: 'Namespace', name });
  await kube.delete({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    name: 'life-r',
  });
  for (const name of scenario.crds ?? []) {
    const ref = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name };
    await kube.delete(ref);
    while ((await kube.get(ref)) !== undefined)
      await new Promise((resolve) => setTimeout(resolve, 50));
    kube.invalidateDiscovery();
  }
}
