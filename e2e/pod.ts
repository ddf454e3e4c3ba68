/** Lets a program believe that it runs in a pod: a mount namespace with a service account's files in their places. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadConnection } from '../lib/kube/mod.ts';
import type { KubeClient } from '../lib/kube/mod.ts';
import { readDocuments } from '../lib/manifest/mod.ts';
import type { KubeObject } from '../lib/objects/mod.ts';
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
 * The service account `default` of the world's namespace.
 *
 * @param knownHosts of the pod's user, in place of root's own
 * @param rights file of a ClusterRole, and perhaps a Role, that it is bound to; default: those of an administrator
 */
export async function inPod(
  { kube, namespace, folder }: World,
  { knownHosts = '', rights }: { knownHosts?: string; rights?: string },
): Promise<Pod> {
  const asTest = { fieldManager: 'e2e', force: true };
  const subject = { kind: 'ServiceAccount', name: 'default', namespace };
  await kube.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, asTest);
  await kube.apply(
    { apiVersion: 'v1', kind: subject.kind, metadata: { name: 'default', namespace } },
    asTest,
  );
  const roles =
    rights === undefined
      ? [{ kind: 'ClusterRole', metadata: { name: 'cluster-admin' } }]
      : readDocuments(await readFile(rights, 'utf8')).map((each) => each as KubeObject);
  for (const role of roles) {
    const inNamespace = role.kind === 'Role' ? { namespace } : {};
    if (rights !== undefined)
      await kube.apply(
        { ...(role as KubeObject), metadata: { ...role.metadata, ...inNamespace } },
        asTest,
      );
    await kube.apply(
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: `${role.kind}Binding`,
        metadata: { name: `${role.metadata.name}-${namespace}`, ...inNamespace },
        roleRef: {
          apiGroup: 'rbac.authorization.k8s.io',
          kind: role.kind,
          name: role.metadata.name,
        },
        subjects: [subject],
      },
      asTest,
    );
  }
  const account = await serviceAccountFiles(kube, subject, path.join(folder, 'pod'));
  const ssh = path.join(folder, 'pod/ssh');
  await mkdir(ssh);
  // As in the image.
  await cp(path.join(projectRoot, 'hack/image/ssh_config'), path.join(ssh, 'ssh_config'));
  await writeFile(path.join(ssh, 'ssh_known_hosts'), knownHosts);
  return {
    within: ['unshare', '--mount', 'sh', '-ec', mounts, 'pod', account, ssh],
    env: { ...(await apiServerEnv()), KUBECONFIG: '' },
  };
}

/** What a kubelet puts below `/var/run/secrets`. @returns the folder */
export async function serviceAccountFiles(
  kube: KubeClient,
  { namespace, name }: { namespace: string; name: string },
  folder: string,
): Promise<string> {
  const granted = await kube.raw(
    'POST',
    `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    { body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} } },
  );
  const account = path.join(folder, 'serviceaccount');
  await mkdir(account, { recursive: true });
  await writeFile(path.join(account, 'token'), tokenOf(granted));
  await writeFile(path.join(account, 'namespace'), namespace);
  await cp(certificateAuthority(), path.join(account, 'ca.crt'));
  return account;
}

/** By which programs in pods find the API server. */
export async function apiServerEnv(): Promise<Readonly<Record<string, string>>> {
  const { server } = await loadConnection({ env: {}, path: kubeconfig() });
  const { hostname, port } = new URL(server);
  return { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
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
