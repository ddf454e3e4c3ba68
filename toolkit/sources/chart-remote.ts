/** Charts from repositories and registries: which version, and its archive (spec §2.8). */
import { loadChart } from '../../lib/helm/chart/mod.ts';
import type { Chart } from '../../lib/helm/chart/mod.ts';
import {
  httpGet,
  listVersions,
  packChart,
  parseOci,
  pullOci,
  resolveOci,
  unpackArchive,
} from '../../lib/helm/fetch/mod.ts';
import { compareVersions } from '../../lib/policy/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { readConstraint } from '../runtime/mod.ts';
import {
  BuildError,
  effectiveValuesFiles,
  mergeValuesFiles,
  NoChartVersion,
  versionWith,
  withDefaultValues,
} from './chart-build.ts';
import type { ChartBuild, ChartBuildOptions } from './chart-build.ts';
import { resolveDigest } from './oci-remote.ts';
import type { RepositoryAccess } from './repository-access.ts';
import { strictVersion } from './slim-index.ts';
import type { SlimIndex } from './slim-index.ts';
import type { CheckSignature, Verdict } from './verification.ts';

/** One version of a chart, and how to get it. */
export interface Found {
  version: string;
  /** Of what was verified, when it was. */
  download(): Promise<Uint8Array>;
  /** Absent where nothing can be signed. @throws what `check` throws */
  verify?(check: CheckSignature): Promise<Verdict>;
}

/** Finds a version; '' is the newest. @throws NoChartVersion */
export type FindChart = (name: string, version: string) => Promise<Found>;

/** What `^([-a-z0-9]+/?\.?)+$` takes, in linear time. */
const validName = /^[-a-z0-9]+(?:(?:\/\.?|\.)[-a-z0-9]+)*(?:\/\.?|\.)?$/;

/** @throws BuildError */
export async function buildRemote(
  find: FindChart,
  name: string,
  version: string,
  options: ChartBuildOptions & { check?: CheckSignature },
): Promise<ChartBuild> {
  if (!validName.test(name)) {
    throw new BuildError(
      'InvalidChartReference',
      new Error(
        `invalid chart name '${name}': a valid name must be lower case letters and numbers and MAY be separated with dashes (-), slashes (/) or periods (.)`,
      ),
    );
  }
  let found: Found;
  try {
    found = await find(name, version);
  } catch (cause) {
    if (!(cause instanceof NoChartVersion)) throw cause;
    throw new BuildError(
      cause.reason,
      new Error(`failed to get chart version for remote reference: ${cause.message}`, { cause }),
    );
  }
  if (options.check === undefined) return buildFound(found, name, options);
  const verdict = await verified(found, options.check);
  return { ...(await buildFound(found, name, options)), verdict };
}

async function buildFound(
  found: Found,
  name: string,
  options: ChartBuildOptions,
): Promise<ChartBuild> {
  const wanted = versionWith(found.version, options.versionMetadata);
  const valuesFiles = effectiveValuesFiles(options.valuesFiles);
  const packaged = valuesFiles.length > 0 || options.versionMetadata !== '';
  const { stored } = options;
  const base = name.split('/').at(-1) ?? name;
  if (stored !== undefined && stored.version === wanted && stored.name === base) {
    return {
      name: base,
      version: wanted,
      packaged,
      valuesFiles: stored.valuesFiles ?? valuesFiles,
      archive: undefined,
    };
  }
  const archive = await found.download().catch((cause: unknown) => {
    throw new BuildError(
      'ChartPullError',
      new Error(`failed to download chart for remote reference: ${messageOf(cause)}`, { cause }),
    );
  });
  const chart = load(archive, packaged);
  if (!packaged)
    return {
      name: base,
      version: found.version,
      packaged,
      valuesFiles: [],
      archive,
    };
  const { values, used } = await mergeValuesFiles(
    options.valuesFiles,
    options.ignoreMissingValuesFiles,
    (file) => Promise.resolve(fileOf(chart, file)),
    (file) => `failed to merge chart values: no values file found at path '${file}'`,
  );
  const changed = withDefaultValues(
    { ...chart, metadata: { ...chart.metadata, version: wanted } },
    values,
  );
  return {
    name: base,
    version: wanted,
    packaged,
    valuesFiles: used,
    archive: await packChart(changed).catch((cause: unknown) => {
      throw new BuildError('ChartPackageError', cause);
    }),
  };
}

/** @throws BuildError `ChartVerificationError` */
async function verified(found: Found, check: CheckSignature): Promise<Verdict> {
  try {
    if (found.verify === undefined) throw new Error('not implemented');
    return await found.verify(check);
  } catch (cause) {
    throw new BuildError('ChartVerificationError', cause);
  }
}

function load(archive: Uint8Array, packaged: boolean): Chart {
  try {
    return loadChart(unpackArchive(archive), { unpack: unpackArchive });
  } catch (cause) {
    if (packaged) {
      throw new BuildError(
        'ChartPackageError',
        new Error(`failed to load downloaded chart: ${messageOf(cause)}`, { cause }),
      );
    }
    throw new BuildError(
      'ChartPullError',
      new Error(`failed to load chart metadata from written chart: ${messageOf(cause)}`, { cause }),
    );
  }
}

function fileOf(chart: Chart, file: string): string | undefined {
  const name = file.replace(/^(\.\/)+/, '');
  const found = [...chart.raw, ...chart.files].find((each) => each.name === name);
  return found === undefined ? undefined : Buffer.from(found.data).toString('utf8');
}

/** Looks charts up in a repository's index. */
export function inIndex(
  index: SlimIndex,
  access: RepositoryAccess,
  maxBytes: number,
  signal: AbortSignal,
): FindChart {
  return (name, version) => {
    const entry = pick(index, name, version);
    return Promise.resolve({
      version: entry.version,
      download: async () => {
        const [location] = entry.urls;
        if (location === undefined) throw new Error(`chart '${name}' has no downloadable URLs`);
        const url = new URL(location, access.url);
        const isOwnHost = url.host === new URL(access.url).host;
        const { credentials, tls } = access;
        const { body } = await httpGet(url.href, {
          maxBytes,
          signal: AbortSignal.any([signal, AbortSignal.timeout(access.timeoutMs)]),
          ...(credentials !== undefined && (isOwnHost || access.passCredentials)
            ? { credentials }
            : {}),
          ...(tls !== undefined && isOwnHost ? { tls } : {}),
        });
        return body;
      },
    });
  };
}

function pick(index: SlimIndex, name: string, version: string) {
  const invalid = (message: string) => new NoChartVersion('InvalidChartReference', message);
  const entries = index.get(name);
  if (entries === undefined) throw invalid('no chart name found');
  if (entries.length === 0) throw invalid('no chart version found');
  const exact = version === '' ? undefined : entries.find((entry) => entry.version === version);
  if (exact !== undefined) return exact;
  let range;
  try {
    range = readConstraint(version === '' ? '*' : version);
  } catch (cause) {
    throw invalid(messageOf(cause));
  }
  const newest = entries
    .filter(({ parsed }) => range.allows(parsed))
    .sort(
      (a, b) =>
        compareVersions(b.parsed, a.parsed) ||
        (Date.parse(b.created) || 0) - (Date.parse(a.created) || 0),
    )[0];
  if (newest !== undefined) return newest;
  throw invalid(`no '${name}' chart with version matching '${version}' found`);
}

/** Looks charts up in a registry; as in the original, what it lacks may come, and is asked for again. */
export function inRegistry(access: RepositoryAccess, signal: AbortSignal): FindChart {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(access.timeoutMs)]);
  const transport = access.registry(limited);
  return async (name, version) => {
    const reference = `${access.url}/${name}`;
    const failed = (message: string, cause?: unknown) =>
      new NoChartVersion('ChartPullError', message, cause);
    let found = strictVersion(version) === undefined ? undefined : version;
    if (found === undefined) {
      let versions: string[];
      let range;
      try {
        range = readConstraint(version === '' ? '*' : version);
      } catch (cause) {
        throw failed(messageOf(cause));
      }
      try {
        versions = await listVersions(transport, parseOci(reference));
      } catch (cause) {
        throw failed(
          `could not get tags for ${JSON.stringify(name)}: could not fetch tags for ${JSON.stringify(reference)}: ${messageOf(cause)}`,
          cause,
        );
      }
      found = versions.find((each) => {
        const parsed = strictVersion(each);
        return parsed !== undefined && range.allows(parsed);
      });
    }
    if (found === undefined)
      throw failed(`could not locate a version matching provided version string ${version}`);
    const exact = found;
    let signed: string | undefined;
    return {
      version: exact,
      verify: async (check) => {
        const tag = exact.replaceAll('+', '_');
        const remote = { transport, reference: parseOci(`${reference}:${tag}`) };
        const digest = await resolveDigest(remote, tag);
        const verdict = await check(remote, digest);
        signed = digest;
        return verdict;
      },
      download: async () => {
        const pulled = await pullOci(transport, await resolveOci(transport, reference, exact));
        if (signed !== undefined && signed !== pulled.digest)
          throw new Error(`${reference}:${exact} is no longer what was verified`);
        return pulled.archive;
      },
    };
  };
}
