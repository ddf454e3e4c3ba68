/** Which API server, as whom, how fast: the kubeconfig with what the `--kube-*` flags and the limits change of it. */
import { readFile } from 'node:fs/promises';
import { loadConnection } from '../../kube/mod.ts';
import type { KubeConnection } from '../../kube/mod.ts';
import type { Clock } from '../../runtime/mod.ts';
import type { CommandContext } from './context.ts';
import { throttle } from './throttle.ts';

/** The default of `--burst-limit`. */
const usualBurst = 100;

/** @throws KubeError `InvalidKubeconfig` */
export async function connectionFor(
  global: CommandContext['global'],
  env: CommandContext['env'],
  clock: Clock,
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
  const { qps } = global;
  const burst = global['burst-limit'];
  // The server has a fairness of its own; only whoever asks for a limit gets one.
  const isLimited = qps !== 0 || burst !== usualBurst;
  const wait = isLimited ? throttle(qps, burst, clock) : () => Promise.resolve();
  return {
    ...found,
    ...(caFile === '' ? {} : { ca: await readFile(caFile), insecure: false }),
    ...(global['kube-insecure-skip-tls-verify'] ? { insecure: true, ca: undefined } : {}),
    ...(serverName === '' ? {} : { serverName }),
    // Asked for before each request.
    headers: async () => {
      await wait();
      return {
        ...(await found.headers()),
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(user === '' ? {} : { 'impersonate-user': user }),
        ...(groups.length === 0 ? {} : { 'impersonate-group': [...groups] }),
      };
    },
  };
}
