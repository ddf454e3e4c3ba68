/** Credentials of the registries: pull secrets of a workload, then ECR, the docker config, the platform (spec flux-v1 §6.3). */
import type { KubeReader } from '../../lib/kube/mod.ts';
import { valueAt } from '../../lib/manifest/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import {
  keychainFromDockerConfig,
  keychainFromPullSecret,
  mergeKeychains,
} from '../../lib/registry/mod.ts';
import type { Keychain } from '../../lib/registry/mod.ts';
import { isRecord, messageOf } from '../../lib/runtime/mod.ts';
import type { Clock, Logger } from '../../lib/runtime/mod.ts';

export interface KeychainOptions {
  kube: Pick<KubeReader, 'get'>;
  clock: Clock;
  log: Logger;
  /** Text of the docker config, read anew each time; `undefined` when there is none. */
  dockerConfig: () => Promise<string | undefined>;
  cloud: { ecr: Keychain; platform: Keychain };
}

/** For how long secrets that were read are used; registries' tokens are kept with them. */
const keepMs = 10 * 60_000;

const nothing: Keychain = () => Promise.resolve(undefined);

/** Keychains by workload; those with the same secrets share one, and with it the tokens that registries gave. */
export function createKeychains(options: KeychainOptions): (object: KubeObject) => Keychain {
  const { clock } = options;
  const known = new Map<string, { keychain: Keychain; until: number }>();
  return (object) => {
    const source = sourceOf(object);
    const key = JSON.stringify(source);
    const now = clock.now().getTime();
    const before = known.get(key);
    if (before !== undefined && before.until > now) return before.keychain;
    for (const [old, { until }] of known) if (until <= now) known.delete(old);
    // A secret that is not there yet may be there when the image is listed again.
    const forget = () => {
      known.delete(key);
    };
    const keychain = lazily(() => workloadKeychain(source, options, forget));
    known.set(key, { keychain, until: now + keepMs });
    return keychain;
  };
}

interface SecretSource {
  namespace: string | undefined;
  serviceAccount: string;
  secrets: readonly string[];
}

function sourceOf(object: KubeObject): SecretSource {
  const pod =
    valueAt(object, ['spec', 'template', 'spec']) ??
    valueAt(object, ['spec', 'jobTemplate', 'spec', 'template', 'spec']);
  const named = valueAt(pod, ['serviceAccountName']);
  return {
    namespace: object.metadata.namespace,
    serviceAccount: typeof named === 'string' && named !== '' ? named : 'default',
    secrets: secretNames(pod),
  };
}

/** Reads nothing before the first question. */
function lazily(make: () => Promise<Keychain>): Keychain {
  let made: Promise<Keychain> | undefined;
  return async (host) => {
    made ??= make();
    return (await made)(host);
  };
}

/** @param onMissing called when a secret that is named cannot be had */
async function workloadKeychain(
  source: SecretSource,
  options: KeychainOptions,
  onMissing: () => void,
): Promise<Keychain> {
  const { dockerConfig, cloud, log } = options;
  const forgiving = (keychain: Keychain): Keychain => {
    return async (host) => {
      try {
        return await keychain(host);
      } catch (thrown) {
        log.log({ err: messageOf(thrown), info: 'no credentials of the cloud' });
        return undefined;
      }
    };
  };
  const docker: Keychain = async (host) => {
    const text = await dockerConfig();
    return text === undefined ? undefined : keychainFromDockerConfig(text, 'docker config')(host);
  };
  return mergeKeychains(
    await pullSecrets(source, options, onMissing),
    forgiving(cloud.ecr),
    forgiving(docker),
    forgiving(cloud.platform),
  );
}

/** Of the service account, then of the pod: later ones win. A secret that cannot be read is logged and gives nothing. */
async function pullSecrets(
  { namespace, serviceAccount, secrets }: SecretSource,
  { kube, log }: KeychainOptions,
  onMissing: () => void,
): Promise<Keychain> {
  if (namespace === undefined) return nothing;
  const found: Keychain[] = [];
  try {
    const account = await kube.get({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      namespace,
      name: serviceAccount,
    });
    for (const name of [...secretNames(account), ...secrets]) {
      const origin = `${namespace}:secret/${name}`;
      const secret = await kube.get({ apiVersion: 'v1', kind: 'Secret', namespace, name });
      const data = Object.entries(isRecord(secret?.data) ? secret.data : {}).filter(
        (pair): pair is [string, string] => typeof pair[1] === 'string',
      );
      const keychain = keychainFromPullSecret(Object.fromEntries(data), origin);
      if (keychain !== undefined) found.unshift(keychain);
      else {
        log.log({ warning: 'pull secret is missing or of another type', secret: origin });
        onMissing();
      }
    }
  } catch (thrown) {
    log.log({ err: messageOf(thrown), info: 'image pull secrets cannot be read' });
    onMissing();
  }
  return mergeKeychains(...found);
}

function secretNames(holder: unknown): string[] {
  const list = valueAt(holder, ['imagePullSecrets']);
  return (Array.isArray(list) ? list : [])
    .filter(isRecord)
    .flatMap(({ name }) => (typeof name === 'string' ? [name] : []));
}
