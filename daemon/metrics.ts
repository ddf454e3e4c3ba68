/** Prometheus metrics under the original's names (spec flux-v1 §10.2). */
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const jobBuckets = [0.1, 0.5, 1, 2, 5, 10, 15, 20, 30, 45, 60, 120];
  const registers = [registry];
  return {
    registry,
    syncDuration: new Histogram({
      name: 'flux_daemon_sync_duration_seconds',
      help: 'Duration of a sync',
      labelNames: ['success'],
      buckets: [0.5, 5, 10, 20, 30, 40, 50, 60, 75, 90, 120, 240],
      registers,
    }),
    syncManifests: new Gauge({
      name: 'flux_daemon_sync_manifests',
      help: 'Manifests of the last sync, by success',
      labelNames: ['success'],
      registers,
    }),
    jobDuration: new Histogram({
      name: 'flux_daemon_job_duration_seconds',
      help: 'Duration of a job',
      labelNames: ['success'],
      buckets: jobBuckets,
      registers,
    }),
    queueDuration: new Histogram({
      name: 'flux_daemon_queue_duration_seconds',
      help: 'Time that a job waited',
      buckets: jobBuckets,
      registers,
    }),
    queueLength: new Gauge({
      name: 'flux_daemon_queue_length_count',
      help: 'Jobs waiting',
      registers,
    }),
    gitReady: new Gauge({
      name: 'flux_git_ready',
      help: '1 when the repository is ready',
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
