/** Calls fluxd over HTTP. */
import { apiPaths } from '../lib/wire/mod.ts';
import type {
  ApiErrorBody,
  ControllerStatus,
  GitConfig,
  ImageStatus,
  JobStatus,
  PublicKey,
  UpdateSpec,
} from '../lib/wire/mod.ts';
import type { Clock } from '../lib/runtime/mod.ts';
import { ApiError, UsageError } from './errors.ts';

export interface FluxClient {
  workloads(namespace: string): Promise<ControllerStatus[]>;
  images(workload: string, namespace: string): Promise<ImageStatus[]>;
  gitConfig(regenerateKey: boolean): Promise<GitConfig>;
  publicKey(): Promise<PublicKey>;
  /** Queues an update; returns the job's ID. */
  update(spec: UpdateSpec): Promise<string>;
  job(id: string): Promise<JobStatus>;
  /** Commits up to `ref` that are not applied yet. */
  syncStatus(ref: string): Promise<string[]>;
}

export interface ClientOptions {
  /** `http://host:port/api/flux` */
  url: string;
  token: string;
}

export function createFluxClient({ url, token }: ClientOptions): FluxClient {
  const call = async (
    method: 'GET' | 'POST',
    path: string,
    query: Record<string, string>,
    body?: unknown,
  ): Promise<unknown> => {
    const target = new URL(url.replace(/\/$/, '') + path);
    for (const [key, value] of Object.entries(query))
      if (value !== '') target.searchParams.set(key, value);
    let response: Response;
    try {
      response = await fetch(target, {
        method,
        headers: {
          accept: 'application/json',
          ...(token === '' ? {} : { authorization: `Scope-Probe token=${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (thrown) {
      const cause =
        thrown instanceof Error && thrown.cause instanceof Error
          ? thrown.cause.message
          : String(thrown);
      throw new UsageError(`${method} ${target.origin}${target.pathname}: ${cause}`);
    }
    const text = await response.text();
    if (response.ok) return text === '' ? undefined : JSON.parse(text);
    throw failure(response.status, text);
  };
  return {
    workloads: async (namespace) =>
      (await call('GET', apiPaths.listServices, { namespace })) as ControllerStatus[],
    images: async (service, namespace) =>
      (await call('GET', apiPaths.listImagesWithOptions, { service, namespace })) as ImageStatus[],
    gitConfig: async (regenerate) =>
      (await call('POST', apiPaths.gitRepoConfig, {}, regenerate)) as GitConfig,
    publicKey: async () => (await call('GET', apiPaths.identity, {})) as PublicKey,
    update: async (spec) => (await call('POST', apiPaths.updateManifests, {}, spec)) as string,
    job: async (id) => (await call('GET', apiPaths.jobStatus, { id })) as JobStatus,
    syncStatus: async (ref) =>
      ((await call('GET', apiPaths.syncStatus, { ref })) as string[] | null) ?? [],
  };
}

function failure(status: number, text: string): Error {
  try {
    const { help, error } = JSON.parse(text) as Partial<ApiErrorBody>;
    if (error !== undefined && error !== '') return new ApiError(status, help ?? '', error);
  } catch {
    // Not fluxd's own error: said as it came.
  }
  return new UsageError(`${status} ${text.trim()}`);
}

/** @throws Error `timeout`, or with the job's own error */
export async function awaitJob(
  client: FluxClient,
  clock: Clock,
  id: string,
  timeoutMs: number,
): Promise<JobStatus['Result']> {
  for (let waited = 0, pause = 100; ;) {
    const job = await client.job(id);
    if (job.StatusString === 'failed') throw new UsageError(job.Err);
    if (job.StatusString === 'succeeded') {
      if (job.Err !== '') throw new UsageError(job.Err);
      return job.Result;
    }
    if (waited >= timeoutMs) throw new UsageError('timeout');
    await clock.sleep(pause);
    waited += pause;
    pause = Math.min(pause * 2, 5000);
  }
}

/** @throws Error `timeout` */
export async function awaitSync(
  client: FluxClient,
  clock: Clock,
  revision: string,
  timeoutMs: number,
): Promise<void> {
  for (let waited = 0, pause = 1000; ;) {
    if ((await client.syncStatus(revision)).length === 0) return;
    if (waited >= timeoutMs) throw new UsageError('timeout');
    await clock.sleep(pause);
    waited += pause;
    pause = Math.min(pause * 2, 10_000);
  }
}
