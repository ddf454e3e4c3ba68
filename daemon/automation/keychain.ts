/** Credentials of the registries: pull secrets of a workload, then the docker config (spec flux-v1 §6.3). */
import type { KubeReader } from '../../lib/kube/mod.ts';
import { isRecord, valueAt } from '../../lib/manifest/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import type { Keychain, RegistryCredentials } from '../../lib/registry/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import type { Logger } from '../../lib/runtime/mod.ts';

export interface KeychainOptions {
  kube: KubeReader;
  log: Logger;
  /** Text of the docker config, read anew each time; `undefined` when there is none. */
  dockerConfig: () => Promise<string | undefined>;
}

/** Looks secrets up at the first use; a secret that cannot be read is logged and gives nothing. */
export function workloadKeychain(object: KubeObject, options: KeychainOptions): Keychain {
  let found: Promise<Map<string, RegistryCredentials>> | undefined;
  return async (host) => {
    found ??= collect(object, options);
    return (await found).get(hostKey(host));
  };
}

async function collect(
  object: KubeObject,
  { kube, log, dockerConfig }: KeychainOptions,
): Promise<Map<string, RegistryCredentials>> {
  const all = new Map<string, RegistryCredentials>();
  const add = (text: string, origin: string) => {
    for (const [host, credentials] of parseDockerConfig(text, origin)) all.set(host, credentials);
  };
  try {
    const text = await dockerConfig();
    if (text !== undefined) add(text, 'docker config');
    const { namespace } = object.metadata;
    if (namespace === undefined) return all;
    const pod =
      valueAt(object, ['spec', 'template', 'spec']) ??
      valueAt(object, ['spec', 'jobTemplate', 'spec', 'template', 'spec']);
    const named = valueAt(pod, ['serviceAccountName']);
    const account = await kube.get({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      namespace,
      name: typeof named === 'string' && named !== '' ? named : 'default',
    });
    const names = [...secretNames(account), ...secretNames(pod)];
    for (const name of names) {
      const secret = await kube.get({ apiVersion: 'v1', kind: 'Secret', namespace, name });
      const data =
        valueAt(secret, ['data', '.dockerconfigjson']) ?? valueAt(secret, ['data', '.dockercfg']);
      const origin = `${namespace}:secret/${name}`;
      if (typeof data === 'string') add(Buffer.from(data, 'base64').toString(), origin);
      else log.log({ warning: 'pull secret is missing or of another type', secret: origin });
    }
  } catch (thrown) {
    log.log({ err: messageOf(thrown), info: 'image pull secrets cannot be read' });
  }
  return all;
}

function secretNames(holder: unknown): string[] {
  const list = valueAt(holder, ['imagePullSecrets']);
  return (Array.isArray(list) ? list : [])
    .filter(isRecord)
    .flatMap(({ name }) => (typeof name === 'string' ? [name] : []));
}

/** `auths` map or bare map of hosts; only `auth` counts, as in the original. */
export function parseDockerConfig(text: string, origin: string): Map<string, RegistryCredentials> {
  const found = new Map<string, RegistryCredentials>();
  const config: unknown = JSON.parse(text);
  const entries = isRecord(config) ? (isRecord(config.auths) ? config.auths : config) : {};
  for (const [host, entry] of Object.entries(entries)) {
    if (!isRecord(entry) || typeof entry.auth !== 'string') continue;
    const [username = '', ...password] = Buffer.from(entry.auth, 'base64').toString().split(':');
    found.set(hostKey(host), { username, password: password.join(':'), origin });
  }
  return found;
}

/** The host alone, of a URL too; all names of Docker Hub are one. */
function hostKey(host: string): string {
  const bare = host.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return ['docker.io', 'registry-1.docker.io'].includes(bare) ? 'index.docker.io' : bare;
}
