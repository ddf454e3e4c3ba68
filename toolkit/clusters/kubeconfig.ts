/** A kubeconfig out of a Secret: everything inline. Programs and files that it names are not ours to run or read. */
import yaml from 'js-yaml';
import type { KubeConnection } from '../../lib/kube/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { ClusterError } from './errors.ts';

/**
 * @param where the Secret, for messages
 * @throws ClusterError; messages never hold the content
 */
export function readKubeconfig(text: string, where: string): KubeConnection {
  const failed = (why: string) =>
    new ClusterError(where, `failed to load KubeConfig from secret '${where}': ${why}`);
  let config: Fields;
  try {
    config = new Fields(yaml.load(text));
  } catch {
    // The parser quotes what it chokes on, and that may be a token.
    throw failed('it is no YAML');
  }
  const named = (list: string, name: string | undefined, entry: string) => {
    const found = config.each(list).find((each) => each.text('name') === name);
    if (found === undefined) throw failed(`${entry} ${JSON.stringify(name ?? '')} does not exist`);
    return found.at(entry);
  };
  const context = named('contexts', config.text('current-context'), 'context');
  const cluster = named('clusters', context.text('cluster'), 'cluster');
  const user = context.has('user') ? named('users', context.text('user'), 'user') : new Fields({});
  for (const key of ['exec', 'auth-provider']) {
    if (user.has(key)) throw failed(`users with '${key}' are refused`);
  }
  const files = ['client-certificate', 'client-key', 'tokenFile'].filter((key) => user.has(key));
  if (cluster.has('certificate-authority')) files.push('certificate-authority');
  if (files.length > 0) throw failed(`references to files are refused: ${files.join(', ')}`);
  if (cluster.has('proxy-url')) throw failed("'proxy-url' is not supported");
  const server = cluster.text('server');
  if (server === undefined) throw failed('the cluster has no server');
  const bytes = (owner: Fields, key: string) => {
    const encoded = owner.text(key);
    return encoded === undefined ? undefined : Buffer.from(encoded, 'base64');
  };
  const [username, token] = [user.text('username'), user.text('token')];
  const basic = Buffer.from(`${username ?? ''}:${user.text('password') ?? ''}`).toString('base64');
  const headers: Record<string, string> =
    token !== undefined
      ? { authorization: `Bearer ${token}` }
      : username !== undefined
        ? { authorization: `Basic ${basic}` }
        : {};
  return {
    server,
    ca: bytes(cluster, 'certificate-authority-data'),
    cert: bytes(user, 'client-certificate-data'),
    key: bytes(user, 'client-key-data'),
    serverName: cluster.text('tls-server-name'),
    insecure: cluster.flag('insecure-skip-tls-verify') ?? false,
    namespace: context.text('namespace'),
    headers: () => Promise.resolve(headers),
  };
}
