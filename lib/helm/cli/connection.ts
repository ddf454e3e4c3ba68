/** Which API server, as whom: the kubeconfig with what the `--kube-*` flags change of it. */
import { readFile } from 'node:fs/promises';
import { loadConnection } from '../../kube/mod.ts';
import type { KubeConnection } from '../../kube/mod.ts';
import type { CommandContext } from './context.ts';

/** @throws KubeError `InvalidKubeconfig` */
export async function connectionFor(
  global: CommandContext['global'],
  env: CommandContext['env'],
): Promise<KubeConnection> {
  const found = await loadConnection({
    env,
    ...(global.kubeconfig === '' ? {} : { path: global.kubeconfig }),
    ...(global['kube-context'] === '' ? {} : { context: global['kube-context'] }),
    ...(global['kube-apiserver'] === '' ? {} : { master: global['kube-apiserver'] }),
  });
  const token = global['kube-token'];
  const user = global['kube-as-user'];
  const groups = global['kube-as-group'];
  const caFile = global['kube-ca-file'];
  const serverName = global['kube-tls-server-name'];
  return {
    ...found,
    ...(caFile === '' ? {} : { ca: await readFile(caFile), insecure: false }),
    ...(global['kube-insecure-skip-tls-verify'] ? { insecure: true, ca: undefined } : {}),
    ...(serverName === '' ? {} : { serverName }),
    headers: async () => ({
      ...(await found.headers()),
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      ...(user === '' ? {} : { 'impersonate-user': user }),
      ...(groups.length === 0 ? {} : { 'impersonate-group': [...groups] }),
    }),
  };
}
