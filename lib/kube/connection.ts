/** Where the API server is and how to prove who we are; from a kubeconfig or from the pod's service account. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../runtime/mod.ts';
import { KubeError } from './errors.ts';
import { readPlainKubeconfig, readStub } from './plain-kubeconfig.ts';

export interface KubeConnection {
  /** `https://host:port`, perhaps with a path. */
  server: string;
  ca?: string | Buffer | undefined;
  cert?: string | Buffer | undefined;
  key?: string | Buffer | undefined;
  /** Name expected in the server's certificate, when it is not the host. */
  serverName?: string | undefined;
  insecure: boolean;
  /** Namespace of the current context, `undefined` when it names none. */
  namespace: string | undefined;
  /** Namespace of the pod that we run in; absent outside of a cluster. */
  podNamespace?: string;
  /** Headers of each request; tokens are read anew as they rotate. */
  headers(): Promise<Record<string, string | string[]>>;
}

export interface KubeconfigOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** A kubeconfig file; default: `KUBECONFIG`, then `~/.kube/config`, then the pod's service account. */
  path?: string;
  context?: string;
  /** Overrides the server of the kubeconfig. */
  master?: string;
  /** Where a pod finds its service account. */
  serviceAccountFolder?: string;
}

const defaultFolder = '/var/run/secrets/kubernetes.io/serviceaccount';
/** How long a token from disk is used before it is read again. */
const tokenLifeMs = 60_000;

/** @throws KubeError `InvalidKubeconfig` */
export async function loadConnection(options: KubeconfigOptions): Promise<KubeConnection> {
  const connection = await chooseConnection(options);
  return options.master === undefined || options.master === ''
    ? connection
    : { ...connection, server: options.master };
}

async function chooseConnection(options: KubeconfigOptions): Promise<KubeConnection> {
  const { env, context, path: file = '' } = options;
  const host = env.KUBERNETES_SERVICE_HOST;
  const only = onlyFile(options);
  if (host !== undefined && context === undefined) {
    const inCluster = () =>
      serviceAccountConnection(
        host,
        env.KUBERNETES_SERVICE_PORT ?? '443',
        options.serviceAccountFolder ?? defaultFolder,
      );
    if (file === '' && (env.KUBECONFIG ?? '') === '') return inCluster();
    // As client-go does: a kubeconfig without a cluster, such as fluxd's chart mounts, still says the namespace.
    const stub = only === undefined ? undefined : await readStub(only);
    if (stub !== undefined) {
      const found = await inCluster();
      return { ...found, namespace: stub.namespace ?? found.namespace };
    }
  }
  const plain =
    only === undefined ? undefined : await readPlainKubeconfig(only, context || undefined);
  return plain ?? kubeconfigConnection(options);
}

/** The one kubeconfig file that counts; `undefined` when several are merged. */
function onlyFile({ path: file, env }: KubeconfigOptions): string | undefined {
  if (file !== undefined && file !== '') return file;
  if (env.KUBECONFIG) return env.KUBECONFIG.includes(path.delimiter) ? undefined : env.KUBECONFIG;
  return env.HOME === undefined ? undefined : path.join(env.HOME, '.kube', 'config');
}

async function serviceAccountConnection(
  host: string,
  port: string,
  serviceAccount: string,
): Promise<KubeConnection> {
  try {
    const [ca, namespace] = await Promise.all([
      readFile(`${serviceAccount}/ca.crt`),
      readFile(`${serviceAccount}/namespace`, 'utf8'),
    ]);
    let token = { text: '', readAt: -Infinity };
    return {
      server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
      ca,
      insecure: false,
      namespace: namespace.trim(),
      podNamespace: namespace.trim(),
      headers: async () => {
        if (performance.now() - token.readAt > tokenLifeMs) {
          token = {
            text: (await readFile(`${serviceAccount}/token`, 'utf8')).trim(),
            readAt: performance.now(),
          };
        }
        return { authorization: `Bearer ${token.text}` };
      },
    };
  } catch (cause) {
    throw new KubeError(
      'InvalidKubeconfig',
      serviceAccount,
      `service account cannot be read: ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
}

/** The library knows contexts, exec plugins and OIDC; it is loaded only here, for it is large. */
async function kubeconfigConnection(options: KubeconfigOptions): Promise<KubeConnection> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  const shown = options.path ?? options.env.KUBECONFIG ?? 'default kubeconfig';
  try {
    if (options.path !== undefined && options.path !== '') config.loadFromFile(options.path);
    else if (options.env.KUBECONFIG) {
      const files = options.env.KUBECONFIG.split(path.delimiter).filter((name) => name !== '');
      config.loadFromFile(files[0] ?? '');
      for (const file of files.slice(1)) {
        const other = new KubeConfig();
        other.loadFromFile(file);
        config.mergeConfig(other, true);
      }
    } else config.loadFromDefault();
    if (options.context !== undefined && options.context !== '') {
      if (config.getContextObject(options.context) === null) {
        throw new KubeError(
          'InvalidKubeconfig',
          shown,
          `context "${options.context}" does not exist`,
        );
      }
      config.setCurrentContext(options.context);
    }
  } catch (cause) {
    throw cause instanceof KubeError
      ? cause
      : new KubeError(
          'InvalidKubeconfig',
          shown,
          `kubeconfig ${shown} cannot be used: ${messageOf(cause)}`,
          { cause },
        );
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null)
    throw new KubeError('InvalidKubeconfig', shown, `kubeconfig ${shown} has no current cluster`);
  const first: Parameters<typeof config.applyToHTTPSOptions>[0] = {};
  await config.applyToHTTPSOptions(first);
  const tls = first as { ca?: Buffer; cert?: Buffer; key?: Buffer };
  return {
    server: options.master === undefined || options.master === '' ? cluster.server : options.master,
    ca: tls.ca,
    cert: tls.cert,
    key: tls.key,
    serverName: cluster.tlsServerName,
    insecure: cluster.skipTLSVerify === true,
    namespace: config.getContextObject(config.getCurrentContext())?.namespace,
    headers: async () => {
      const request: Parameters<typeof config.applyToHTTPSOptions>[0] = { headers: {} };
      await config.applyToHTTPSOptions(request);
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(request.headers ?? {})) {
        if (typeof value === 'string') headers[name.toLowerCase()] = value;
      }
      if (typeof request.auth === 'string') {
        headers.authorization = `Basic ${Buffer.from(request.auth).toString('base64')}`;
      }
      return headers;
    },
  };
}
