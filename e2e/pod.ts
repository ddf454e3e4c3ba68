/** Lets a program believe that it runs in a pod: a mount namespace with a service account's files in their places. */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadConnection } from '../lib/kube/mod.ts';
import { runProgram } from '../lib/runtime/mod.ts';
import { projectRoot } from '../demo/mod.ts';
import type { World } from './fluxd.ts';
import { certificateAuthority, kubeconfig } from './kubeconfig.ts';

export interface Pod {
  /** Words before the command line. */
  within: readonly string[];
  env: Readonly<Record<string, string>>;
}

/** Mount namespaces need root, and a system that lets root make them. */
export async function podsCanBePlayed(): Promise<boolean> {
  const tried = await runProgram('unshare', ['--mount', 'true'], {
    env: { PATH: process.env.PATH ?? '' },
    timeoutMs: 10_000,
  }).catch(() => undefined);
  return tried?.exitCode === 0;
}

/**
 * The service account `default` of the world's namespace, with the rights of an administrator.
 *
 * @param knownHosts of the pod's user, in place of root's own
 */
export async function inPod(
  { kube, namespace, folder }: World,
  { knownHosts }: { knownHosts: string },
): Promise<Pod> {
  const subject = { kind: 'ServiceAccount', name: 'default', namespace };
  await kube.apply(
    { apiVersion: 'v1', kind: subject.kind, metadata: { name: 'default', namespace } },
    { fieldManager: 'e2e', force: true },
  );
  await kube.apply(
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: `e2e-${namespace}` },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: 'cluster-admin',
      },
      subjects: [subject],
    },
    { fieldManager: 'e2e', force: true },
  );
  const granted = await kube.raw(
    'POST',
    `/api/v1/namespaces/${namespace}/serviceaccounts/default/token`,
    { body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} } },
  );
  const account = path.join(folder, 'pod/serviceaccount');
  const ssh = path.join(folder, 'pod/ssh');
  await mkdir(account, { recursive: true });
  await mkdir(ssh);
  await writeFile(path.join(account, 'token'), tokenOf(granted));
  await writeFile(path.join(account, 'namespace'), namespace);
  await cp(certificateAuthority(), path.join(account, 'ca.crt'));
  // As in the image.
  await cp(path.join(projectRoot, 'hack/image/ssh_config'), path.join(ssh, 'ssh_config'));
  await writeFile(path.join(ssh, 'ssh_known_hosts'), knownHosts);
  const connection = await loadConnection({ env: {}, path: kubeconfig() });
  const { hostname, port } = new URL(connection.server);
  return {
    within: ['unshare', '--mount', 'sh', '-ec', mounts, 'pod', account, ssh],
    env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port, KUBECONFIG: '' },
  };
}

function tokenOf(tokenRequest: string): string {
  const { status }: { status?: { token?: string } } = JSON.parse(tokenRequest);
  if (status?.token === undefined) throw new Error(`no token was granted: ${tokenRequest}`);
  return status.token;
}

/** `/var/run` is a link to `/run` on every Linux of today. */
const mounts = `
account=$1
ssh=$2
shift 2
mount --bind "$ssh" /etc/ssh
mount -t tmpfs tmpfs /run
mkdir -p /run/secrets/kubernetes.io/serviceaccount
mount --bind "$account" /run/secrets/kubernetes.io/serviceaccount
exec "$@"
`;
