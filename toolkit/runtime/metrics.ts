/** Metrics by the names of the original controllers. */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { createHistogram } from '../../lib/runtime/mod.ts';

export interface Metrics {
  text(): Promise<string>;
  contentType: string;
  setQueueLength(kind: string, length: number): void;
  observe(kind: string, key: string, result: string, seconds: number): void;
  /** Drops what was said of an object that is gone. */
  forget(kind: string, key: string): void;
}

const buckets = [0.01, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600, 1800];

const resultOf: Readonly<Record<string, string>> = {
  later: 'requeue_after',
  again: 'requeue',
  retry: 'error',
  stop: 'success',
};

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const durations = createHistogram({
    name: 'gotk_reconcile_duration_seconds',
    help: 'The duration in seconds of a GitOps Toolkit resource reconciliation.',
    labelNames: ['kind', 'name', 'namespace'],
    buckets,
  });
  const total = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Total number of reconciliations per controller.',
    labelNames: ['controller', 'result'],
    registers,
  });
  const depth = new Gauge({
    name: 'workqueue_depth',
    help: 'Current depth of the work queue.',
    labelNames: ['controller', 'name'],
    registers,
  });
  const labels = (kind: string, key: string) => {
    const [namespace = '', name = ''] = key.split('/');
    return { kind, name, namespace };
  };
  return {
    text: async () => [await registry.metrics(), durations.text()].join('\n'),
    contentType: registry.contentType,
    setQueueLength: (kind, length) => {
      const name = kind.toLowerCase();
      depth.set({ controller: name, name }, length);
    },
    observe: (kind, key, result, seconds) => {
      durations.observe(labels(kind, key), seconds);
      total.inc({ controller: kind.toLowerCase(), result: resultOf[result] ?? result });
    },
    forget: (kind, key) => {
      durations.remove(labels(kind, key));
    },
  };
}
