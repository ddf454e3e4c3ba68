/** `env` (helm 3.19 cmd/helm/env.go). */
import { command } from './context.ts';
import type { CommandContext } from './context.ts';

export const env = command({
  usage: 'env',
  help: 'Prints the settings that are in force, or the one that is named.',
  args: { least: 0, most: 1 },
  flags: [],
  run: async (context, [name]) => {
    const all = await variables(context);
    if (name !== undefined) context.out(`${all[name] ?? ''}\n`);
    else {
      const keys = Object.keys(all).sort();
      context.out(keys.map((key) => `${key}="${all[key] ?? ''}"\n`).join(''));
    }
  },
});

async function variables(context: CommandContext): Promise<Record<string, string>> {
  const { global, settings } = context;
  return {
    HELM_BIN: context.program,
    HELM_CACHE_HOME: settings.cacheHome,
    HELM_CONFIG_HOME: settings.configHome,
    HELM_DATA_HOME: settings.dataHome,
    HELM_DEBUG: String(global.debug),
    HELM_PLUGINS: settings.plugins,
    HELM_REGISTRY_CONFIG: settings.registryConfig,
    HELM_REPOSITORY_CACHE: settings.repositoryCache,
    HELM_REPOSITORY_CONFIG: settings.repositoryConfig,
    HELM_NAMESPACE: await context.namespace(),
    HELM_MAX_HISTORY: String(settings.maxHistory),
    HELM_BURST_LIMIT: String(global['burst-limit']),
    HELM_QPS: global.qps.toFixed(2),
    HELM_KUBECONTEXT: global['kube-context'],
    HELM_KUBETOKEN: global['kube-token'],
    HELM_KUBEASUSER: global['kube-as-user'],
    HELM_KUBEASGROUPS: global['kube-as-group'].join(','),
    HELM_KUBEAPISERVER: global['kube-apiserver'],
    HELM_KUBECAFILE: global['kube-ca-file'],
    HELM_KUBEINSECURE_SKIP_TLS_VERIFY: String(global['kube-insecure-skip-tls-verify']),
    HELM_KUBETLS_SERVER_NAME: global['kube-tls-server-name'],
    ...(global.kubeconfig === '' ? {} : { KUBECONFIG: global.kubeconfig }),
  };
}
