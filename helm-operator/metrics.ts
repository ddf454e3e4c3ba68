/** Metrics by the names of the original (spec helm-operator §10). */
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { HelmReleaseStatus } from '../lib/objects/mod.ts';
import { createHistogram } from '../lib/runtime/mod.ts';

export type ActionName =
  | 'sync'
  | 'install'
  | 'upgrade'
  | 'migrate'
  | 'rollback'
  | 'uninstall'
  | 'dry-run-compare'
  | 'annotate'
  | 'test';

export interface Metrics {
  text(): Promise<string>;
  contentType: string;
  setQueueLength(length: number): void;
  setReleaseCount(count: number): void;
  /** The mirror that changed last is ready. */
  setGitReady(ready: boolean): void;
  observeAction(action: ActionName, success: boolean, target: ReleaseLabels, seconds: number): void;
  /** How many objects of a release others have changed. */
  setDrift(target: ReleaseLabels, objects: number): void;
  setConditions(target: ReleaseLabels, status: HelmReleaseStatus | undefined): void;
}

export interface ReleaseLabels {
  targetNamespace: string;
  releaseName: string;
}

const buckets = [1, 5, 10, 30, 60, 120, 180, 300, 600, 1800];
const conditionValue = { True: 1, Unknown: 0, False: -1 } as const;
const conditionTypes = ['ChartFetched', 'Deployed', 'Released', 'RolledBack', 'Tested'];

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const name = (suffix: string) => `flux_helm_operator_${suffix}`;
  const registers = [registry];
  const count = new Gauge({
    name: name('release_count'),
    help: 'Number of releases managed.',
    registers,
  });
  const queue = new Gauge({
    name: name('release_queue_length_count'),
    help: 'Number of jobs waiting in the queue to be processed.',
    registers,
  });
  const gitReady = new Gauge({
    name: 'flux_git_ready',
    help: 'Status of the git repository.',
    registers,
  });
  const actions = createHistogram({
    name: name('release_action_duration_seconds'),
    help: 'Duration of release actions in seconds.',
    labelNames: ['action', 'success', 'target_namespace', 'release_name'],
    buckets,
  });
  const syncs = createHistogram({
    name: name('release_duration_seconds'),
    help: 'Duration of a release synchronization in seconds (deprecated).',
    labelNames: ['success', 'namespace', 'release_name'],
    buckets,
  });
  const phases = createHistogram({
    name: name('release_phase_duration_seconds'),
    help: 'Duration of release actions in seconds (deprecated).',
    labelNames: ['action', 'success', 'namespace', 'release_name'],
    buckets,
  });
  const conditions = new Gauge({
    name: name('release_condition_info'),
    help: 'Current condition status of releases: -1 False, 0 Unknown, 1 True.',
    labelNames: ['target_namespace', 'release_name', 'condition'],
    registers,
  });
  const drift = new Gauge({
    name: name('release_drift_count'),
    help: 'Number of objects of a release that differ from it.',
    labelNames: ['target_namespace', 'release_name'],
    registers,
  });
  return {
    text: async () =>
      [await registry.metrics(), ...[actions, syncs, phases].map((each) => each.text())].join('\n'),
    contentType: registry.contentType,
    setQueueLength: (length) => {
      queue.set(length);
    },
    setReleaseCount: (releases) => {
      count.set(releases);
    },
    setGitReady: (ready) => {
      gitReady.set(ready ? 1 : 0);
    },
    observeAction: (action, success, { targetNamespace, releaseName }, seconds) => {
      const labels = { success: String(success), release_name: releaseName };
      actions.observe({ ...labels, action, target_namespace: targetNamespace }, seconds);
      if (action === 'sync') syncs.observe({ ...labels, namespace: targetNamespace }, seconds);
      else phases.observe({ ...labels, action, namespace: targetNamespace }, seconds);
    },
    setDrift: ({ targetNamespace, releaseName }, objects) => {
      drift.set({ target_namespace: targetNamespace, release_name: releaseName }, objects);
    },
    setConditions: ({ targetNamespace, releaseName }, status) => {
      if (status === undefined)
        drift.remove({ target_namespace: targetNamespace, release_name: releaseName });
      for (const type of conditionTypes) {
        const labels = {
          target_namespace: targetNamespace,
          release_name: releaseName,
          condition: type,
        };
        const found = status?.conditions?.find((condition) => condition.type === type);
        if (found === undefined) conditions.remove(labels);
        else conditions.set(labels, conditionValue[found.status]);
      }
    },
  };
}
