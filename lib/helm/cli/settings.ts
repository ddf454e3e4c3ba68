/** Where Helm keeps its files, of flags, environment and the system's habits (helm 3.19 pkg/cli, pkg/helmpath). */
import path from 'node:path';
import type { FlagValues } from '../../runtime/mod.ts';
import type { globalFlags } from './flags.ts';

export interface Settings {
  cacheHome: string;
  configHome: string;
  dataHome: string;
  plugins: string;
  registryConfig: string;
  repositoryConfig: string;
  repositoryCache: string;
  maxHistory: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @param home of the user */
export function settingsOf(
  global: Pick<
    FlagValues<typeof globalFlags>,
    'registry-config' | 'repository-config' | 'repository-cache'
  >,
  env: Environment,
  home: string,
  platform: string,
): Settings {
  const cacheHome = folder(env, 'CACHE', home, platform);
  const configHome = folder(env, 'CONFIG', home, platform);
  const dataHome = folder(env, 'DATA', home, platform);
  const or = (text: string, otherwise: string) => (text === '' ? otherwise : text);
  const maxHistory = Number(env['HELM_MAX_HISTORY'] ?? 'none');
  return {
    cacheHome,
    configHome,
    dataHome,
    plugins: env['HELM_PLUGINS'] ?? path.join(dataHome, 'plugins'),
    registryConfig: or(global['registry-config'], path.join(configHome, 'registry/config.json')),
    repositoryConfig: or(global['repository-config'], path.join(configHome, 'repositories.yaml')),
    repositoryCache: or(global['repository-cache'], path.join(cacheHome, 'repository')),
    maxHistory: Number.isInteger(maxHistory) ? maxHistory : 10,
  };
}

const habits = {
  linux: { CACHE: '.cache/helm', CONFIG: '.config/helm', DATA: '.local/share/helm' },
  darwin: {
    CACHE: 'Library/Caches/helm',
    CONFIG: 'Library/Preferences/helm',
    DATA: 'Library/helm',
  },
} as const;

function folder(
  env: Environment,
  kind: 'CACHE' | 'CONFIG' | 'DATA',
  home: string,
  platform: string,
): string {
  const own = env[`HELM_${kind}_HOME`];
  if (own) return own;
  const desktop = env[`XDG_${kind}_HOME`];
  if (desktop) return path.join(desktop, 'helm');
  if (platform === 'win32') {
    const windows = kind === 'CACHE' ? env['TEMP'] : env['APPDATA'];
    return path.join(windows ?? home, 'helm');
  }
  return path.join(home, habits[platform === 'darwin' ? 'darwin' : 'linux'][kind]);
}

/** Where archives are kept by digest; not Helm's own place, so that neither disturbs the other. */
export function cacheFolderOf({ cacheHome }: Settings): string {
  return path.join(cacheHome, 'reflux');
}

/** The public keys that `--keyring` names unless it is given. */
export function defaultKeyring(env: Environment, home: string): string {
  const folder = env['GNUPGHOME'];
  return path.join(folder ? folder : path.join(home, '.gnupg'), 'pubring.gpg');
}
