/** What fluxd itself does, as objects: GitRepository, a Kustomization for each path, ImageUpdateAutomation. Pure (spec §6.2). */
import { safeUrl } from '../../lib/git/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';
import { nameOfUrl, objectName } from './names.ts';
import type { Notes } from './notes.ts';

export interface SyncSettings {
  url: string;
  branch: string;
  /** None: all of the repository. */
  paths: readonly string[];
  interval: string;
  syncInterval: string;
  prune: boolean;
  userName: string;
  userEmail: string;
  isReadOnly: boolean;
}

export const defaultSync: SyncSettings = {
  url: '',
  branch: 'master',
  paths: [],
  interval: '5m',
  syncInterval: '5m',
  prune: false,
  userName: 'Weave Flux',
  userEmail: 'support@weave.works',
  isReadOnly: false,
};

/** fluxd's flags, out of the Deployment that runs it; `undefined` when it runs none. */
export function readFluxd(object: KubeObject): SyncSettings | undefined {
  if (object.kind !== 'Deployment') return undefined;
  for (const words of argumentsOf(object['spec'])) {
    const flags = new Map<string, string[]>();
    for (const word of words) {
      const [, name, value] = /^--([a-z-]+)(?:=([\s\S]*))?$/.exec(word) ?? [];
      if (name !== undefined) flags.set(name, [...(flags.get(name) ?? []), value ?? 'true']);
    }
    const of = (name: string) => flags.get(name)?.at(-1);
    const url = of('git-url');
    if (url === undefined) continue;
    return {
      url,
      branch: of('git-branch') ?? defaultSync.branch,
      paths: (flags.get('git-path') ?? [])
        .flatMap((text) => text.split(','))
        .filter((path) => path !== ''),
      interval: of('git-poll-interval') ?? defaultSync.interval,
      syncInterval: of('sync-interval') ?? defaultSync.syncInterval,
      prune: of('sync-garbage-collection') === 'true',
      userName: of('git-user') ?? defaultSync.userName,
      userEmail: of('git-email') ?? defaultSync.userEmail,
      isReadOnly: of('git-readonly') === 'true',
    };
  }
  return undefined;
}

function argumentsOf(spec: unknown): string[][] {
  const template = isRecord(spec) ? spec['template'] : undefined;
  const pod = isRecord(template) ? template['spec'] : undefined;
  const containers: unknown = isRecord(pod) ? pod['containers'] : undefined;
  if (!Array.isArray(containers)) return [];
  return containers.flatMap((container: unknown) => {
    const args: unknown = isRecord(container) ? container['args'] : undefined;
    return Array.isArray(args)
      ? [args.filter((arg): arg is string => typeof arg === 'string')]
      : [];
  });
}

/**
 * All objects are suspended: two that sync one path fight.
 *
 * @param hasImages whether images are to be updated, too
 */
export function planSync(
  settings: SyncSettings,
  namespace: string,
  hasImages: boolean,
  notes: Notes,
): KubeObject[] {
  const url = safeUrl(settings.url);
  if (!/^(https?|ssh):\/\//.test(url)) {
    notes.refuse(`a GitRepository cannot have the URL ${url}: use https or ssh`);
    return [];
  }
  const name = nameOfUrl(url);
  const isSsh = url.startsWith('ssh://');
  const secret = 'flux-git-auth';
  if (isSsh) {
    notes.warn(
      `make the Secret ${namespace}/${secret} out of fluxd's key: identity from the Secret flux-git-deploy, and known_hosts by ssh-keyscan ${new URL(url).hostname}`,
    );
  }
  notes.warn(
    'the Kustomizations and the automation are suspended: stop fluxd (kubectl scale --replicas=0), then resume them with fluxctl resume',
  );
  if (settings.paths.some((path) => path.includes('*')))
    notes.warn('a Kustomization takes one path, without patterns');
  const sourceRef = { kind: 'GitRepository', name };
  const paths = settings.paths.length === 0 ? ['./'] : settings.paths.map(relative);
  const kustomizations = paths.map((path): KubeObject => ({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: {
      name: paths.length === 1 ? name : objectName(`${name}-${path}`),
      namespace,
    },
    spec: {
      suspend: true,
      interval: settings.syncInterval,
      path,
      prune: settings.prune,
      sourceRef,
    },
  }));
  const automations =
    hasImages && !settings.isReadOnly
      ? paths.map((path): KubeObject => ({
          apiVersion: 'image.toolkit.fluxcd.io/v1',
          kind: 'ImageUpdateAutomation',
          metadata: { name: paths.length === 1 ? name : objectName(`${name}-${path}`), namespace },
          spec: {
            suspend: true,
            interval: settings.interval,
            sourceRef,
            git: {
              checkout: { ref: { branch: settings.branch } },
              commit: { author: { name: settings.userName, email: settings.userEmail } },
              push: { branch: settings.branch },
            },
            update: { strategy: 'Setters', path },
          },
        }))
      : [];
  return [
    {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { name, namespace },
      spec: {
        interval: settings.interval,
        url,
        ref: { branch: settings.branch },
        ...(isSsh ? { secretRef: { name: secret } } : {}),
      },
    },
    ...kustomizations,
    ...automations,
  ];
}

const relative = (path: string): string => `./${path.replaceAll(/^(\.?\/)+|\/+$/g, '')}`;
