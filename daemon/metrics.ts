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
    loadErrors: new Gauge({
      name: 'flux_daemon_load_errors',
      help: 'Faults of the last sync in files of the repository, by file',
      labelNames: ['file'],
      registers,
    }),
    resourceErrors: new Gauge({
      name: 'flux_daemon_resource_errors',
      help: '1 for each resource that the last sync could not apply or delete',
      labelNames: ['resource'],
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
    registryFetch: new Histogram({
      name: 'flux_registry_fetch_duration_seconds',
      help: 'Duration of reading image metadata out of the store',
      labelNames: ['success'],
      registers,
    }),
    clientFetch: new Histogram({
      name: 'flux_client_fetch_duration_seconds',
      help: 'Duration of requests to registries',
      labelNames: ['kind', 'success'],
      registers,
    }),
    cacheRequest: new Histogram({
      name: 'flux_cache_request_duration_seconds',
      help: 'Duration of reads and writes of the image store',
      labelNames: ['method', 'success'],
      registers,
    }),
    release: new Histogram({
      name: 'flux_fluxsvc_release_duration_seconds',
      help: 'Duration of a release',
      labelNames: ['release_type', 'release_kind', 'success'],
      registers,
    }),
    releaseStage: new Histogram({
      name: 'flux_fluxsvc_release_stage_duration_seconds',
      help: 'Duration of the stages of a release',
      labelNames: ['stage'],
      registers,
    }),
    connection: new Gauge({
      name: 'flux_fluxd_connection_duration_seconds',
      help: 'Seconds connected to the upstream, 0 when not connected',
      labelNames: ['target'],
      registers,
    }),
    request: new Histogram({
      name: 'flux_request_duration_seconds',
      help: 'Duration of requests to the API',
      labelNames: ['method', 'route', 'status_code', 'ws'],
      registers,
    }),
    gitReady: new Gauge({
      name: 'flux_git_ready',
      help: '1 when the repository is ready',
      registers,
    }),
  };
}

/** Times a piece of work under the given labels and `success`. */
export async function observing<T>(
  histogram: Histogram,
  labels: Readonly<Record<string, string>>,
  work: () => Promise<T>,
): Promise<T> {
  const stop = histogram.startTimer(labels);
  try {
    const result = await work();
    stop({ success: 'true' });
    return result;
  } catch (thrown) {
    stop({ success: 'false' });
    throw thrown;
  }
}

export type Metrics = ReturnType<typeof createMetrics>;
