/** A real control plane on loopback: etcd, kube-apiserver, kube-controller-manager. No node, no scheduler. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createKubeClient, loadConnection } from '../lib/kube/mod.ts';
import { freePort, startCommand } from '../demo/mod.ts';
import type { Running } from '../demo/mod.ts';
import type { Components } from './components.ts';

export interface ControlPlane {
  /** Path of a kubeconfig for an administrator. */
  kubeconfig: string;
  close(): Promise<void>;
}

const readyWithinMs = 90_000;

/** @throws Error with the end of a log when a component ends or is not ready in time */
export async function startControlPlane(
  { etcd, apiServer, controllerManager }: Components,
  folder: string,
): Promise<ControlPlane> {
  const [etcdPort, peerPort, port, managerPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const certificates = path.join(folder, 'certificates');
  await mkdir(certificates, { recursive: true });
  const file = (name: string) => path.join(certificates, name);
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(file('sa.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }), secretly);
  await writeFile(file('sa.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  const token = randomBytes(24).toString('hex');
  await writeFile(file('tokens.csv'), `${token},admin,admin,system:masters\n`, secretly);
  const kubeconfig = path.join(folder, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigOf(`https://127.0.0.1:${port}`, token), secretly);

  const programs: Running[] = [];
  const start = (command: string, args: readonly string[]) => {
    const name = path.basename(command);
    programs.push(
      startCommand({
        name,
        command: [command],
        args,
        env: {},
        logFile: path.join(folder, `${name}.log`),
      }),
    );
  };
  const close = async () => {
    for (const program of programs.reverse()) await program.stop();
  };
  try {
    const client = `http://127.0.0.1:${etcdPort}`;
    const peer = `http://127.0.0.1:${peerPort}`;
    start(etcd, [
      `--data-dir=${path.join(folder, 'etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
    ]);
    start(apiServer, [
      `--etcd-servers=${client}`,
      `--secure-port=${port}`,
      '--bind-address=127.0.0.1',
      `--cert-dir=${certificates}`,
      `--service-account-key-file=${file('sa.pub')}`,
      `--service-account-signing-key-file=${file('sa.key')}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--token-auth-file=${file('tokens.csv')}`,
      '--authorization-mode=RBAC',
      '--disable-admission-plugins=ServiceAccount',
      '--service-cluster-ip-range=10.0.0.0/16',
    ]);
    await ready(kubeconfig, programs);
    start(controllerManager, [
      `--kubeconfig=${kubeconfig}`,
      `--service-account-private-key-file=${file('sa.key')}`,
      '--leader-elect=false',
      // Its own limits make tests wait.
      '--kube-api-qps=200',
      '--kube-api-burst=400',
      '--bind-address=127.0.0.1',
      `--secure-port=${managerPort}`,
      `--cert-dir=${certificates}`,
    ]);
  } catch (thrown) {
    await close();
    throw thrown;
  }
  return { kubeconfig, close };
}

const secretly = { mode: 0o600 };

async function ready(kubeconfig: string, programs: readonly Running[]): Promise<void> {
  const kube = createKubeClient({
    connection: await loadConnection({ env: {}, path: kubeconfig }),
  });
  const deadline = performance.now() + readyWithinMs;
  try {
    for (;;) {
      const why = await kube.raw('GET', '/readyz').then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (why === undefined) return;
      const ended = programs.find((program) => program.exit() !== undefined);
      if (ended !== undefined || performance.now() > deadline) {
        const log = (ended ?? programs.at(-1))?.log().slice(-2000) ?? '';
        throw new Error(`the control plane is not ready:\n${log}`, { cause: why });
      }
      await delay(200);
    }
  } finally {
    await kube.close();
  }
}

const kubeconfigOf = (server: string, token: string) =>
  `${JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'e2e', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: 'admin' } }],
    'current-context': 'e2e',
  })}\n`;
