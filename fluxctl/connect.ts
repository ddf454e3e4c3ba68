/** Reaches fluxd: by its URL, or by a port forward to its pod (spec flux-v1 §9.1). */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { apiBase } from '../lib/wire/mod.ts';
import { UsageError } from './errors.ts';

export interface Target {
  url: string;
  context: string;
  namespace: string;
  labels: string;
  env: Readonly<Record<string, string | undefined>>;
}

export interface Connected {
  url: string;
  close(): Promise<void>;
}

/** For verbs that do not talk to fluxd. */
export const unconnected: Connected = { url: '', close: () => Promise.resolve() };

/** Labels of the pods of other ways to install. */
const fallbackSelector = 'name in (flux,fluxd,weave-flux-agent)';
const fluxPort = 3030;

export async function connect(target: Target): Promise<Connected> {
  if (target.url !== '') return { ...unconnected, url: target.url };
  // Large, and needed only here.
  const { CoreV1Api, KubeConfig, PortForward } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  const file = target.env.KUBECONFIG ?? '';
  if (file !== '' && !file.includes(path.delimiter)) config.loadFromFile(file);
  else config.loadFromDefault();
  if (target.context !== '') config.setCurrentContext(target.context);
  const api = config.makeApiClient(CoreV1Api);
  let pod: string | undefined;
  for (const labelSelector of [target.labels, fallbackSelector]) {
    const { items } = await api.listNamespacedPod({ namespace: target.namespace, labelSelector });
    const running = items.filter(({ status }) => status?.phase === 'Running');
    if (running.length > 1) {
      throw new UsageError(
        `Ambiguous pod: found more than one pod for selector: labels "${labelSelector}"`,
      );
    }
    pod = running[0]?.metadata?.name;
    if (pod !== undefined) break;
  }
  if (pod === undefined) {
    throw new UsageError(
      `No pod found in namespace "${target.namespace}" using the following selectors:\n  ${target.labels}\n  ${fallbackSelector}\n\n` +
        `Make sure Flux is running in namespace "${target.namespace}".\n` +
        'If Flux is running in another different namespace, please supply it to --k8s-fwd-ns.',
    );
  }
  const name = pod;
  const forward = new PortForward(config);
  const server = createServer((socket) => {
    forward
      .portForward(target.namespace, name, [fluxPort], socket, null, socket)
      .catch((thrown: unknown) => {
        socket.destroy(thrown instanceof Error ? thrown : new Error(String(thrown)));
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${apiBase}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
