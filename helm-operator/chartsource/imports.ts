/** `--helm-repository-import`: credentials for chart repositories out of repositories.yaml files (spec helm-operator §4.4). */
import { readFile } from 'node:fs/promises';
import type { Credentials, TlsFiles } from '../../lib/helm/fetch/mod.ts';
import type { GoMap } from '../../lib/helm/values/mod.ts';
import { parseYamlMap } from '../../lib/helm/yaml/mod.ts';
import type { Logger } from '../../lib/runtime/mod.ts';
import { safeMessage } from '../errors.ts';

/** How a repository is reached: credentials and certificates. */
export interface RepositoryAccess {
  credentials?: Credentials;
  tls?: TlsFiles;
}

/** By a repository's URL, a slash at its end making no difference. */
export type FindAccess = (url: string) => RepositoryAccess | undefined;

/**
 * Reads the files; what is wrong with one is logged and stops only that one.
 *
 * @param pairs `version:path` each, for example `v3:/etc/repositories.yaml`
 */
export async function importRepositories(
  pairs: readonly string[],
  log: Logger,
): Promise<FindAccess> {
  const names = new Set<string>();
  const known = new Map<string, RepositoryAccess>();
  for (const pair of pairs) {
    const [, version = '', file = ''] = /^([^:]+):(.+)$/s.exec(pair) ?? [];
    if (file === '') {
      log.log({
        error: `invalid version/path pair: ${pair}, expected format is [version]:[path]`,
      });
      continue;
    }
    if (version !== 'v3') {
      log.log({ error: `no Helm client found for version: ${version}` });
      continue;
    }
    for (const entry of await readEntries(file, log)) {
      const [name, url] = [textOf(entry, 'name'), textOf(entry, 'url')];
      if (names.has(name)) {
        log.log({ error: 'repository with name already exists', name, url: safeMessage(url) });
        continue;
      }
      names.add(name);
      known.set(canonicalUrl(url), accessOf(entry));
      log.log({ info: 'successfully imported repository', name, url: safeMessage(url) });
    }
  }
  return (url) => known.get(canonicalUrl(url));
}

function accessOf(entry: GoMap): RepositoryAccess {
  const [username, password] = [textOf(entry, 'username'), textOf(entry, 'password')];
  const [certFile, keyFile, caFile] = [
    textOf(entry, 'certFile'),
    textOf(entry, 'keyFile'),
    textOf(entry, 'caFile'),
  ];
  const insecureSkipTlsVerify = entry.get('insecure_skip_tls_verify') === true;
  const secured = certFile !== '' || keyFile !== '' || caFile !== '' || insecureSkipTlsVerify;
  return {
    ...(username === '' ? {} : { credentials: { username, password } }),
    ...(secured ? { tls: { certFile, keyFile, caFile, insecureSkipTlsVerify } } : {}),
  };
}

async function readEntries(file: string, log: Logger): Promise<GoMap[]> {
  try {
    const list = parseYamlMap(await readFile(file, 'utf8')).get('repositories');
    return Array.isArray(list) ? list.filter((entry) => entry instanceof Map) : [];
  } catch (thrown) {
    // A parser's message may quote a password.
    const why = thrown instanceof Error && 'code' in thrown ? safeMessage(thrown) : 'is not YAML';
    log.log({ error: `failed to import repositories: ${file}: ${why}` });
    return [];
  }
}

function textOf(entry: GoMap, key: string): string {
  const value = entry.get(key);
  return typeof value === 'string' ? value : '';
}

const canonicalUrl = (url: string) => url.replace(/\/+$/, '');
