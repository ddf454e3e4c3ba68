/** What the cases of the conformance suite share: a probe, and a namespace of their own. */
import { expect } from 'vitest';
import { freshName } from './probe.ts';
import type { Answer, Probe } from './probe.ts';

/** Opened before the first case of a target. */
export interface Context {
  probe: Probe;
  /** A server that has just begun may still know all that ever happened. */
  keepsHistory: boolean;
}

/** Makes a namespace for one case; it stays behind, empty or not, for the server's end. */
export async function newNamespace(probe: Probe): Promise<string> {
  const name = freshName('conformance');
  const made = await probe.post('/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  });
  expect(made.status).toBe(201);
  return name;
}

export const configMap = (name: string, more: Record<string, unknown> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  ...more,
});

export const deployment = (name: string, image = 'registry.example.com/app:1') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'app', image }] },
    },
  },
});

/** Makes config maps in order, and fails where one is not made. */
export async function makeConfigMaps(
  probe: Probe,
  namespace: string,
  names: readonly string[],
  more: (name: string) => Record<string, unknown> = () => ({}),
): Promise<Answer[]> {
  const made: Answer[] = [];
  for (const name of names) {
    const answer = await probe.post(
      `/api/v1/namespaces/${namespace}/configmaps`,
      configMap(name, more(name)),
    );
    expect(answer.status).toBe(201);
    made.push(answer);
  }
  return made;
}
