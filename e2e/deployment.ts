/**
 * Runs what a Deployment asks for as a process: its arguments, environment, service account and volumes, in the places
 * where a kubelet mounts them. The files of the image come from hack/image.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { KubeClient } from '../lib/kube/mod.ts';
import type { KubeObject } from '../lib/objects/mod.ts';
import { projectRoot, startCommand } from '../demo/mod.ts';
import type { Running } from '../demo/mod.ts';
import { apiServerEnv, serviceAccountFiles } from './pod.ts';

interface Deployment extends KubeObject {
  spec: {
    template: {
      spec: {
        serviceAccountName: string;
        volumes: Volume[];
        containers: {
          args: string[];
          env?: { name: string; value?: string }[];
          volumeMounts: { name: string; mountPath: string; subPath?: string }[];
        }[];
      };
    };
  };
}

interface Volume {
  name: string;
  secret?: { secretName: string };
  configMap?: { name: string };
}

interface WithData extends KubeObject {
  data?: Record<string, string>;
}

export interface DeploymentOptions {
  kube: KubeClient;
  namespace: string;
  name: string;
  /** What runs in the place of the container's program. */
  command: readonly string[];
  /** For what is mounted, and the log. */
  folder: string;
  /** Replaces the port 3030, of which a pod has its own. */
  port: number;
}

/** Volumes are laid out once: what changes in a Secret later is seen by the next process. */
export async function startDeployment(options: DeploymentOptions): Promise<Running> {
  const { kube, namespace, name, folder } = options;
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name };
  const deployment = await kube.get<Deployment>(ref);
  const pod = deployment?.spec.template.spec;
  const container = pod?.containers[0];
  if (pod === undefined || container === undefined)
    throw new Error(`there is no Deployment ${name} in ${namespace}`);
  const account = { namespace, name: pod.serviceAccountName };
  const home = path.join(folder, name);
  const image = path.join(projectRoot, 'hack/image');
  const mounts: [string, string][] = [
    [await serviceAccountFiles(kube, account, home), '/run/secrets/kubernetes.io/serviceaccount'],
    [path.join(image, 'ssh_config'), '/etc/ssh/ssh_config'],
    [path.join(image, 'ssh_known_hosts'), '/etc/ssh/ssh_known_hosts'],
  ];
  for (const { name: volumeName, mountPath, subPath } of container.volumeMounts) {
    // The programs' own source may lie there.
    if (mountPath === '/tmp') continue;
    const volume = pod.volumes.find((each) => each.name === volumeName);
    const laidOut = await layOut(kube, namespace, volume, path.join(home, volumeName));
    mounts.push([path.join(laidOut, subPath ?? ''), mountPath]);
  }
  const env = Object.fromEntries(
    (container.env ?? []).map((each) => [each.name, each.value ?? '']),
  );
  return startCommand({
    name,
    command: [
      ...['unshare', '--mount', 'sh', '-ec', play, 'pod', String(mounts.length), ...mounts.flat()],
      ...options.command,
    ],
    args: [...container.args, `--listen=127.0.0.1:${options.port}`],
    env: { ...(await apiServerEnv()), ...env, HOME: '/root' },
    logFile: path.join(folder, `${name}.log`),
  });
}

/** @returns the folder */
async function layOut(
  kube: KubeClient,
  namespace: string,
  volume: Volume | undefined,
  folder: string,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const { secret, configMap } = volume ?? {};
  const [kind, name] =
    secret === undefined ? ['ConfigMap', configMap?.name] : ['Secret', secret.secretName];
  if (name === undefined) return folder;
  const held = await kube.get<WithData>({ apiVersion: 'v1', kind, namespace, name });
  if (held === undefined) throw new Error(`${kind} ${namespace}/${name} is not there to mount`);
  for (const [file, text] of Object.entries(held.data ?? {}))
    await writeFile(
      path.join(folder, file),
      Buffer.from(text, kind === 'Secret' ? 'base64' : 'utf8'),
      { mode: 0o400 },
    );
  return folder;
}

/** Folders that belong to the image in a pod can be changed here without changing the machine's. */
const play = `
count=$1
shift
mount -t tmpfs tmpfs /run
for folder in etc var root; do
  mkdir -p /run/over/$folder/upper /run/over/$folder/work
  mount -t overlay overlay -o lowerdir=/$folder,upperdir=/run/over/$folder/upper,workdir=/run/over/$folder/work /$folder
done
while [ "$count" -gt 0 ]; do
  if [ -d "$1" ]; then mkdir -p "$2"; else mkdir -p "$(dirname "$2")"; touch "$2"; fi
  mount --bind "$1" "$2"
  shift 2
  count=$((count - 1))
done
exec "$@"
`;
