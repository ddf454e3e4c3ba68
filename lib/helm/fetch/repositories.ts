/** `repositories.yaml`, as Helm reads and writes it (helm 3.19 pkg/repo/repo.go). */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../runtime/mod.ts';
import { messageOf } from '../../runtime/mod.ts';
import { HelmError } from '../chart/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import { parseYamlMap, toYaml } from '../yaml/mod.ts';
import type { TransferOptions } from './http.ts';
import { writeWhole } from './repository-index.ts';

export interface RepositoryEntry {
  name: string;
  url: string;
  username: string;
  password: string;
  certFile: string;
  keyFile: string;
  caFile: string;
  insecureSkipTlsVerify: boolean;
  /** Credentials go to other hosts too that the index names. */
  passCredentialsAll: boolean;
}

const texts = ['name', 'url', 'username', 'password', 'certFile', 'keyFile', 'caFile'] as const;

/**
 * @returns none when there is no such file
 * @throws HelmError `DownloadFailed` for a file that cannot be read
 */
export async function readRepositories(file: string): Promise<RepositoryEntry[] | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new HelmError(
      'DownloadFailed',
      file,
      `couldn't load repositories file (${file}): ${messageOf(cause)}`,
      { cause },
    );
  }
  const list = parseYamlMap(text).get('repositories');
  if (!Array.isArray(list)) return [];
  return list.flatMap((item) => (item instanceof Map ? [readEntry(item)] : []));
}

function readEntry(map: GoMap): RepositoryEntry {
  const text = (key: string) => {
    const value = map.get(key);
    return typeof value === 'string' ? value : '';
  };
  return {
    name: text('name'),
    url: text('url'),
    username: text('username'),
    password: text('password'),
    certFile: text('certFile'),
    keyFile: text('keyFile'),
    caFile: text('caFile'),
    insecureSkipTlsVerify: map.get('insecure_skip_tls_verify') === true,
    passCredentialsAll: map.get('pass_credentials_all') === true,
  };
}

export async function writeRepositories(
  file: string,
  entries: readonly RepositoryEntry[],
  clock: Clock,
): Promise<void> {
  const written = new Map<string, GoValue>([
    ['apiVersion', ''],
    ['generated', clock.now().toISOString()],
    [
      'repositories',
      entries.map(
        (entry) =>
          new Map<string, GoValue>([
            ...texts.map((key) => [key, entry[key]] as const),
            ['insecure_skip_tls_verify', entry.insecureSkipTlsVerify],
            ['pass_credentials_all', entry.passCredentialsAll],
          ]),
      ),
    ],
  ]);
  await writeWhole(file, toYaml(written), 0o600);
}

/** Where the index of a repository is kept, and the list of its charts. */
export function cachedIndex(cache: string, name: string): { index: string; charts: string } {
  return {
    index: path.join(cache, `${name}-index.yaml`),
    charts: path.join(cache, `${name}-charts.txt`),
  };
}

/** How the repository wants to be asked. */
export function transferOf(entry: RepositoryEntry, signal?: AbortSignal): TransferOptions {
  const { username, password, certFile, keyFile, caFile, insecureSkipTlsVerify } = entry;
  return {
    tls: { certFile, keyFile, caFile, insecureSkipTlsVerify },
    ...(username === '' && password === '' ? {} : { credentials: { username, password } }),
    ...(signal === undefined ? {} : { signal }),
  };
}

/** The same place, whatever slashes end it. */
export function sameUrl(a: string, b: string): boolean {
  const plain = (url: string) => {
    if (!URL.canParse(url)) return url.replace(/\/+$/, '');
    const parsed = new URL(url);
    parsed.pathname = path.posix.normalize(parsed.pathname).replace(/\/+$/, '');
    return parsed.href.replace(/\/+$/, '');
  };
  return plain(a) === plain(b);
}
