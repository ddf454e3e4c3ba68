/** Releases in Secrets (helm 3.19 pkg/storage/driver/secrets.go). */
import { KubeError } from '../../kube/mod.ts';
import type { KubeClient } from '../../kube/mod.ts';
import type { KubeObject } from '../../objects/mod.ts';
import type { Clock } from '../../runtime/mod.ts';
import { HelmError } from '../chart/mod.ts';
import { isStatus } from './decode.ts';
import { decodeRelease, encodeRelease } from './encode.ts';
import type { Release } from './release.ts';
import type { ReleaseRecord, ReleaseStore } from './store.ts';

const systemLabels = new Set(['name', 'owner', 'status', 'version', 'createdAt', 'modifiedAt']);

export interface SecretStoreOptions {
  kube: KubeClient;
  clock: Clock;
  /** Of the Secrets; with '' only `allRecords` works, over all namespaces. */
  namespace: string;
  signal?: AbortSignal | undefined;
}

export function secretName(release: string, revision: number): string {
  return `sh.helm.release.v1.${release}.v${revision}`;
}

export function createSecretStore({
  kube,
  clock,
  namespace,
  signal,
}: SecretStoreOptions): ReleaseStore {
  const options = signal === undefined ? {} : { signal };
  const collection = {
    apiVersion: 'v1',
    kind: 'Secret',
    ...(namespace === '' ? {} : { namespace }),
  };
  const ref = (name: string, revision: number) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    namespace,
    name: secretName(name, revision),
  });
  const records = async (labelSelector: string) => {
    const { items } = await kube.listMetadata(collection, { labelSelector, ...options });
    return items.flatMap(readRecord).sort((a, b) => a.revision - b.revision);
  };
  return {
    async create(release) {
      try {
        await kube.create(secretOf(release, namespace, 'createdAt', clock), options);
      } catch (cause) {
        if (!(cause instanceof KubeError && cause.reason === 'AlreadyExists')) throw cause;
        throw new HelmError('ReleaseExists', release.name, 'release: already exists', { cause });
      }
    },
    async update(release) {
      try {
        await kube.update(secretOf(release, namespace, 'modifiedAt', clock), options);
      } catch (cause) {
        if (!(cause instanceof KubeError && cause.reason === 'NotFound')) throw cause;
        throw new HelmError('ReleaseNotFound', release.name, 'release: not found', { cause });
      }
    },
    async get(name, revision) {
      const secret = await kube.get(ref(name, revision), options);
      return secret === undefined ? undefined : readSecret(secret);
    },
    records: (name) => records(`name=${name},owner=helm`),
    allRecords: () => records('owner=helm'),
    async history(name) {
      const { items } = await kube.list(collection, {
        labelSelector: `name=${name},owner=helm`,
        ...options,
      });
      return items.map(readSecret).sort((a, b) => a.version - b.version);
    },
    remove: (name, revision) => kube.delete(ref(name, revision), options),
  };
}

function secretOf(
  release: Release,
  namespace: string,
  stamp: 'createdAt' | 'modifiedAt',
  clock: Clock,
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: secretName(release.name, release.version),
      namespace,
      labels: {
        ...release.labels,
        [stamp]: String(Math.floor(clock.now().getTime() / 1000)),
        name: release.name,
        owner: 'helm',
        status: release.info.status,
        version: String(release.version),
      },
    },
    type: 'helm.sh/release.v1',
    data: { release: Buffer.from(encodeRelease(release)).toString('base64') },
  };
}

function readRecord({ metadata }: KubeObject): ReleaseRecord[] {
  const labels = metadata.labels ?? {};
  const revision = Number(labels['version']);
  const name = labels['name'];
  const status = labels['status'] ?? '';
  if (name === undefined || !Number.isSafeInteger(revision)) return [];
  return [
    {
      namespace: metadata.namespace ?? '',
      name,
      revision,
      status: isStatus(status) ? status : 'unknown',
    },
  ];
}

function readSecret(secret: KubeObject): Release {
  const data = secret['data'];
  const name = secret.metadata.name ?? '';
  const encoded =
    typeof data === 'object' && data !== null && 'release' in data ? data.release : undefined;
  if (typeof encoded !== 'string') {
    throw new HelmError('CorruptRelease', name, `failed to decode release: ${name} holds no data`);
  }
  const labels = Object.fromEntries(
    Object.entries(secret.metadata.labels ?? {}).filter(([key]) => !systemLabels.has(key)),
  );
  return decodeRelease(Buffer.from(encoded, 'base64').toString('latin1'), labels);
}

/** True for the labels that Helm keeps for itself. */
export function isSystemLabel(key: string): boolean {
  return systemLabels.has(key);
}
