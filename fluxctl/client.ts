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
import { ApiError, UsageError } from './errors.ts';

export interface FluxClient {
  workloads(namespace: string): Promise<ControllerStatus[]>;
  images(workload: string, namespace: string): Promise<ImageStatus[]>;
  gitConfig(regenerateKey: boolean): Promise<GitConfig>;
  publicKey(): Promise<PublicKey>;
  /** Queues an update; returns the job's ID. */
  update(spec: UpdateSpec): Promise<string>;
  job(id: string): Promise<JobStatus>;
  /** Some workloads by their IDs. */
  workloadsByIds(ids: readonly string[]): Promise<ControllerStatus[]>;
  /** YAML stream of the cluster's workloads. */
  export(): Promise<string>;
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
      ((await call('GET', apiPaths.listServices, { namespace })) as ControllerStatus[] | null) ??
      [],
    images: async (service, namespace) =>
      ((await call('GET', apiPaths.listImagesWithOptions, { service, namespace })) as
        ImageStatus[] | null) ?? [],
    workloadsByIds: async (ids) =>
      (await call('GET', apiPaths.listServicesWithOptions, {
        services: ids.join(','),
      })) as ControllerStatus[],
    export: async () =>
      Buffer.from(String(await call('GET', apiPaths.export, {})), 'base64').toString('utf8'),
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
