/** A chart from a repository, a registry or a URL into a folder (helm 3.19 pkg/downloader/chart_downloader.go). */
import path from 'node:path';
import { messageOf } from '../../runtime/mod.ts';
import { maxChartBytes } from '../fetch/archive.ts';
import type { ChartIndex } from '../fetch/chart-index.ts';
import { httpGet } from '../fetch/http.ts';
import type { TransferOptions } from '../fetch/http.ts';
import { isOci, tagOf } from '../fetch/oci-reference.ts';
import { verifyText } from '../fetch/provenance.ts';
import type { Verification } from '../fetch/provenance.ts';
import { readRepositories, transferOf } from '../fetch/repositories.ts';
import { pickVersion, writeWhole } from '../fetch/repository-index.ts';
import { readCachedIndex, resolveUrl } from '../fetch/repository-update.ts';
import { pullOci, resolveOci, underscoreNote } from '../fetch/oci.ts';
import type { ChartInput } from './chart-input.ts';
import { refuse } from './context.ts';
import type { CommandContext } from './context.ts';
import { keyringOf, ociTransportFor, transferFor } from './transfer.ts';

export interface Downloaded {
  file: string;
  verification: Verification | undefined;
}

export interface DownloadOptions {
  folder?: string;
  /** `always` fails without a good signature, `later` only fetches it. */
  provenance?: 'always' | 'later' | 'never';
  /** Told what the registry client prints. */
  note?: (line: string) => void;
}

/** @throws HelmError `ChartNotFound`, `DownloadFailed`, `Unverified` */
export async function downloadChart(
  reference: string,
  flags: ChartInput,
  context: CommandContext,
  options: DownloadOptions = {},
): Promise<Downloaded> {
  const folder = options.folder ?? context.settings.repositoryCache;
  const provenance = options.provenance ?? (flags.verify ? 'always' : 'never');
  const version = flags.version === '' && flags.devel === true ? '>0.0.0-0' : flags.version.trim();
  const got = isOci(reference)
    ? await fromRegistry(reference, version, flags, context, options)
    : await fromWeb(reference, version, flags, context, provenance !== 'never');
  const file = path.join(folder, got.name);
  await writeWhole(file, got.archive);
  if (provenance === 'never') return { file, verification: undefined };
  if (got.provenance === undefined) {
    if (provenance === 'always') throw refuse(`failed to fetch provenance "${got.url}.prov"`);
    context.out(`WARNING: Verification not found for ${reference}: ${got.problem}\n`);
    return { file, verification: undefined };
  }
  await writeWhole(`${file}.prov`, got.provenance);
  if (provenance === 'later') return { file, verification: undefined };
  const text = Buffer.from(got.provenance).toString('utf8');
  const keyring = keyringOf(flags.keyring, context);
  return {
    file,
    verification: await verifyText(text, got.archive, got.name, keyring, context.env),
  };
}

interface Got {
  name: string;
  archive: Uint8Array;
  provenance: Uint8Array | undefined;
  url: string;
  /** Why there is no provenance. */
  problem: string;
}

async function fromRegistry(
  reference: string,
  version: string,
  flags: ChartInput,
  context: CommandContext,
  { note = (line) => context.err(`${line}\n`) }: DownloadOptions,
): Promise<Got> {
  const transport = ociTransportFor(flags, context);
  const resolved = await resolveOci(transport, reference, version);
  const pulled = await pullOci(transport, resolved);
  note(`Pulled: ${pulled.reference}`);
  note(`Digest: ${pulled.digest}`);
  if (pulled.reference.includes('_')) {
    note(`${pulled.reference} contains an underscore.`);
    note(underscoreNote);
  }
  const base = path.posix.basename(resolved.repository);
  const exact = tagOf(version) === resolved.tag ? version : resolved.tag;
  const tag = exact === '' ? resolved.digest.replace('sha256:', '') : exact;
  return {
    name: `${base}-${tag}.tgz`,
    archive: pulled.archive,
    provenance: pulled.provenance,
    url: reference,
    problem:
      'manifest does not contain a layer with mediatype application/vnd.cncf.helm.chart.provenance.v1.prov',
  };
}

async function fromWeb(
  reference: string,
  version: string,
  flags: ChartInput,
  context: CommandContext,
  withProvenance: boolean,
): Promise<Got> {
  const { url, transfer } = await placeOf(reference, version, flags, context);
  const { body } = await httpGet(url, {
    ...transfer,
    headers: { accept: 'application/gzip,application/octet-stream' },
    maxBytes: maxChartBytes,
  });
  const name = path.posix.basename(new URL(url).pathname);
  let problem = '';
  const signature = withProvenance
    ? await httpGet(`${url}.prov`, { ...transfer, maxBytes: maxChartBytes }).catch(
        (thrown: unknown) => {
          problem = messageOf(thrown);
          return undefined;
        },
      )
    : undefined;
  return { name, archive: body, provenance: signature?.body, url, problem };
}

/** The URL of an archive, and how its server is to be asked. */
async function placeOf(
  reference: string,
  version: string,
  flags: ChartInput,
  context: CommandContext,
): Promise<{ url: string; transfer: TransferOptions }> {
  const transfer = transferFor(flags, context);
  if (flags.repo !== '') return inRepository(flags, reference, version, transfer, context);
  const known = (await readRepositories(context.settings.repositoryConfig)) ?? [];
  if (/^https?:\/\//i.test(reference)) {
    for (const entry of known) {
      const index = await readCachedIndex(context.settings.repositoryCache, entry.name).catch(
        (cause: unknown) => {
          throw refuse(`no cached repo found. (try 'helm repo update'): ${messageOf(cause)}`);
        },
      );
      const owns = [...index.entries.values()].some((list) =>
        list.some(({ urls }) => urls.includes(reference)),
      );
      if (owns) return { url: reference, transfer: { ...transfer, ...transferOf(entry) } };
    }
    return { url: reference, transfer };
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(reference)?.[1];
  if (scheme !== undefined) throw refuse(`scheme "${scheme}" not supported`);
  const slash = reference.indexOf('/');
  if (slash < 0) {
    throw refuse(
      `non-absolute URLs should be in form of repo_name/path_to_chart, got: ${reference}`,
    );
  }
  const [name, chart] = [reference.slice(0, slash), reference.slice(slash + 1)];
  const entry = known.find((each) => each.name === name);
  if (entry === undefined) throw refuse(`repo ${name} not found`);
  if (entry.url === '') throw refuse(`no URL found for repository ${name}`);
  const index = await readCachedIndex(context.settings.repositoryCache, name).catch(
    (cause: unknown) => {
      throw refuse(`no cached repo found. (try 'helm repo update'): ${messageOf(cause)}`);
    },
  );
  const found = versionIn(index, chart, version);
  if (typeof found === 'string') {
    throw refuse(
      `chart "${chart}" matching ${version} not found in ${name} index. (try 'helm repo update'): ${found}`,
    );
  }
  const [location] = found;
  if (location === undefined) throw refuse(`chart "${reference}" has no downloadable URLs`);
  const url = resolveUrl(entry.url, location);
  const { credentials, ...rest } = transferOf(entry, context.signal);
  const own = entry.passCredentialsAll || new URL(url).host === new URL(entry.url).host;
  return {
    url,
    transfer: {
      ...transfer,
      ...rest,
      ...(own && credentials !== undefined ? { credentials } : {}),
    },
  };
}

/** `--repo`: a repository that has no name here. */
async function inRepository(
  flags: ChartInput,
  name: string,
  version: string,
  { credentials, ...transfer }: TransferOptions,
  context: CommandContext,
): Promise<{ url: string; transfer: TransferOptions }> {
  const entry = {
    name: '',
    url: flags.repo,
    username: flags.username,
    password: flags.password,
    certFile: flags['cert-file'],
    keyFile: flags['key-file'],
    caFile: flags['ca-file'],
    insecureSkipTlsVerify: flags['insecure-skip-tls-verify'],
    passCredentialsAll: flags['pass-credentials'],
  };
  if (!URL.canParse(flags.repo) || !/^https?:/i.test(flags.repo)) {
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(flags.repo)?.[1] ?? '';
    throw refuse(`could not find protocol handler for: ${scheme}`);
  }
  const { fetchIndex } = await import('../fetch/repository-index.ts');
  const { cacheFolderOf } = await import('./settings.ts');
  const index = await fetchIndex(flags.repo, cacheFolderOf(context.settings), transferOf(entry));
  const found = pickVersion(index[name] ?? [], version);
  const what = `chart "${name}"${version === '' ? '' : ` version "${version}"`}`;
  if (found === undefined) throw refuse(`${what} not found in ${flags.repo} repository`);
  const [location] = found.urls;
  if (location === undefined) throw refuse(`${what} has no downloadable URLs`);
  const url = resolveUrl(flags.repo, location);
  const own = flags['pass-credentials'] || new URL(url).origin === new URL(flags.repo).origin;
  return {
    url,
    transfer: own && credentials !== undefined ? { ...transfer, credentials } : transfer,
  };
}

/** The URLs of a version, or why there is none. */
function versionIn(index: ChartIndex, name: string, version: string): readonly string[] | string {
  const list = index.entries.get(name);
  if (list === undefined) return 'no chart name found';
  if (list.length === 0) return 'no chart version found';
  const found = pickVersion(
    list.map(({ metadata, urls, digest }) => ({ version: metadata.version, urls, digest })),
    version,
  );
  return found === undefined ? `no chart version found for ${name}-${version}` : found.urls;
}
