/** What happens to a release in its life, one thing at a time, and how each ends: for tests that disturb it. */
import { expect, vi } from 'vitest';
import type { HelmReleaseSpec } from '../lib/objects/mod.ts';
import { below, colorChart } from './_charts.ts';
import { inNamespace } from './_harness.ts';
import type { TestCluster, TestRepository } from './_harness.ts';

export type Watched = ReturnType<typeof inNamespace>;

export interface Story {
  name: string;
  /** What the release is made of before; nothing for an install. */
  from: string | undefined;
  /** Sets the change off. */
  begin: (watched: Watched) => Promise<unknown>;
  /** Throws until the story has ended. */
  ended: (watched: Watched) => Promise<void>;
  /** What there is in the end. */
  revisions: readonly string[];
}

/** An object that only some colours have, one that the server refuses after the revision is stored, and a hook. */
const extra = {
  'templates/extra.yaml': `{{- if eq .Values.color "blue" }}
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-extra}
{{- end }}
{{- if eq .Values.color "bad" }}
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}_not_a_name}
{{- end }}
`,
  'templates/hook.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-hook
  annotations: {helm.sh/hook: "pre-upgrade,pre-delete"}
`,
};

export async function pushStoryChart(repository: TestRepository): Promise<void> {
  await repository.push(below('charts/color', { ...colorChart, ...extra }));
}

/** The operator has to run with `--finalizer`, or a deletion may be missed. */
export const storyFlags = ['--finalizer', '--workers=1'];

export const waiting = { timeout: 20_000, interval: 20 };

export function specOf(repository: TestRepository, color: string): HelmReleaseSpec {
  return {
    chart: { git: repository.url, path: 'charts/color' },
    rollback: { enable: true },
    wait: false,
    values: { color },
  };
}

export function storiesOf(
  cluster: () => TestCluster,
  repository: () => TestRepository,
): readonly Story[] {
  const spec = (color: string) => specOf(repository(), color);
  return [
    {
      name: 'an install',
      from: undefined,
      begin: (watched) => watched.release('app', spec('red')),
      ended: async (watched) => {
        expect((await watched.statusOf('app')).phase).toBe('Succeeded');
      },
      revisions: ['1 deployed'],
    },
    {
      name: 'an upgrade',
      from: 'red',
      begin: (watched) => watched.release('app', spec('blue')),
      ended: async (watched) => {
        const status = await watched.statusOf('app');
        expect([status.phase, status.observedGeneration]).toEqual(['Succeeded', 2]);
        expect(await watched.object('ConfigMap', 'app-extra')).toBeDefined();
      },
      revisions: ['1 superseded', '2 deployed'],
    },
    {
      name: 'an upgrade that fails and is rolled back',
      from: 'red',
      begin: (watched) => watched.release('app', spec('bad')),
      ended: async (watched) => {
        const status = await watched.statusOf('app');
        expect([status.phase, status.rollbackCount]).toEqual(['RolledBack', 1]);
      },
      revisions: ['1 superseded', '2 failed', '3 deployed'],
    },
    {
      name: 'a deletion',
      from: 'blue',
      begin: (watched) => cluster().kube.delete(watched.ref('app')),
      ended: async (watched) => {
        expect(await cluster().kube.get(watched.ref('app'))).toBeUndefined();
        expect(await watched.object('ConfigMap', 'app-extra')).toBeUndefined();
      },
      revisions: [],
    },
  ];
}

/** Installs what the story begins with, by an operator of its own that nobody disturbs. */
export async function setScene(
  cluster: TestCluster,
  repository: TestRepository,
  story: Story,
): Promise<{ watched: Watched; flags: readonly string[] }> {
  const namespace = await cluster.createNamespace();
  const watched = inNamespace(cluster, namespace);
  const flags = [...storyFlags, `--allow-namespace=${namespace}`];
  if (story.from !== undefined) {
    const before = await cluster.startOperator({ flags });
    await watched.release('app', specOf(repository, story.from));
    await vi.waitFor(
      async () => expect((await watched.statusOf('app')).releaseStatus).toBe('deployed'),
      waiting,
    );
    await before.stop();
  }
  return { watched, flags };
}
