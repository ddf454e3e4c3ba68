/** Releases in Secrets or ConfigMaps (helm 3.19 pkg/storage/driver/secrets.go, cfgmaps.go). */
import { KubeError } from '../../kube/mod.ts';
import type { KubeClient } from '../../kube/mod.ts';
import type { KubeObject } from '../../objects/mod.ts';
import type { Clock } from '../../runtime/mod.ts';
import { HelmError } from '../chart/mod.ts';
import { isStatus } from './decode.ts';
import { decodeRelease, encodeRelease } from './encode.ts';
import type { Release } from './release.ts';
import type { ReleaseRecord, ReleaseStore } from './store.ts';
import { isSystemLabel } from './system-labels.ts';

export interface ObjectStoreOptions {
  kube: KubeClient;
  clock: Clock;
  driver: 'secret' | 'configmap';
  /** Of the objects; with '' only `allRecords` works, over all namespaces. */
  namespace: string;
  signal?: AbortSignal | undefined;
}

export function secretName(release: string, revision: number): string {
  return `sh.helm.release.v1.${release}.v${revision}`;
}

export function createObjectStore({
  kube,
  clock,
  driver,
  namespace,
  signal,
}: ObjectStoreOptions): ReleaseStore {
  const kind = driver === 'secret' ? 'Secret' : 'ConfigMap';
  const objectOf = (release: Release, stamp: 'createdAt' | 'modifiedAt') =>
    storedObject(release, { kind, namespace, stamp, clock });
  const options = signal === undefined ? {} : { signal };
  const collection = {
    apiVersion: 'v1',
    kind,
    ...(namespace === '' ? {} : { namespace }),
  };
  const ref = (name: string, revision: number) => ({
    apiVersion: 'v1',
    kind,
    namespace,
    name: secretName(name, revision),
  });
  const records = async (labelSelector: string, mayBeStale = false) => {
    const { items } = await kube.listMetadata(collection, {
      labelSelector,
      mayBeStale,
      ...options,
    });
    return items.flatMap(readRecord).sort((a, b) => a.revision - b.revision);
  };
  return {
    checkSize: (release) => void sizedText(release, kind),
    async create(release) {
      try {
        await kube.create(objectOf(release, 'createdAt'), options);
      } catch (cause) {
        if (!(cause instanceof KubeError && cause.reason === 'AlreadyExists')) throw cause;
        throw new HelmError('ReleaseExists', release.name, 'release: already exists', { cause });
      }
    },
    async update(release) {
      try {
        await kube.update(objectOf(release, 'modifiedAt'), options);
      } catch (cause) {
        if (!(cause instanceof KubeError && cause.reason === 'NotFound')) throw cause;
        throw new HelmError('ReleaseNotFound', release.name, 'release: not found', { cause });
      }
    },
    async get(name, revision) {
      const secret = await kube.get(ref(name, revision), options);
      return secret === undefined ? undefined : readStored(secret, kind);
    },
    records: (name, mayBeStale) => records(`name=${name},owner=helm`, mayBeStale),
    allRecords: () => records('owner=helm'),
    async history(name) {
      const { items } = await kube.list(collection, {
        labelSelector: `name=${name},owner=helm`,
        ...options,
      });
      return items.map((item) => readStored(item, kind)).sort((a, b) => a.version - b.version);
    },
    remove: (name, revision) => kube.delete(ref(name, revision), options),
  };
}

interface StoredAs {
  kind: 'Secret' | 'ConfigMap';
  namespace: string;
  stamp: 'createdAt' | 'modifiedAt';
  clock: Clock;
}

/** @throws HelmError `ReleaseTooLarge` before the API server would refuse it */
function storedObject(release: Release, { kind, namespace, stamp, clock }: StoredAs): KubeObject {
  const text = sizedText(release, kind);
  const name = secretName(release.name, release.version);
  return {
    apiVersion: 'v1',
    kind,
    metadata: {
      name,
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
    ...(kind === 'Secret'
      ? {
          type: 'helm.sh/release.v1',
          data: { release: Buffer.from(text).toString('base64') },
        }
      : { data: { release: text } }),
  };
}

/** @throws HelmError `ReleaseTooLarge` */
function sizedText(release: Release, kind: string): string {
  const text = encodeRelease(release);
  if (text.length <= mostBytes) return text;
  throw new HelmError(
    'ReleaseTooLarge',
    release.name,
    `create: failed to create: ${kind} "${secretName(release.name, release.version)}" is invalid: data: Too long: may not be more than ${mostBytes} bytes, and the release takes ${text.length}; files that templates do not need can be left out with .helmignore`,
  );
}

/** What the API server takes in the data of one object (k8s.io/api/core/v1 MaxSecretSize). */
const mostBytes = 1024 * 1024;

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

function readStored(secret: KubeObject, kind: 'Secret' | 'ConfigMap'): Release {
  const data = secret['data'];
  const name = secret.metadata.name ?? '';
  const encoded =
    typeof data === 'object' && data !== null && 'release' in data ? data.release : undefined;
  if (typeof encoded !== 'string') {
    throw new HelmError('CorruptRelease', name, `failed to decode release: ${name} holds no data`);
  }
  const labels = Object.fromEntries(
    Object.entries(secret.metadata.labels ?? {}).filter(([key]) => !isSystemLabel(key)),
  );
  const text = kind === 'ConfigMap' ? encoded : Buffer.from(encoded, 'base64').toString('latin1');
  return decodeRelease(text, labels);
}
