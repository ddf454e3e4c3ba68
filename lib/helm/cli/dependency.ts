/** `dependency update` and `dependency build` (helm 3.19 cmd/helm/dependency_*.go). */
import { buildDependencies, updateDependencies } from '../fetch/dependencies.ts';
import type { DependencyOptions } from '../fetch/dependencies.ts';
import { readRepositories } from '../fetch/repositories.ts';
import { verifyText } from '../fetch/provenance.ts';
import { command, refuse } from './context.ts';
import type { CommandContext } from './context.ts';
import { keyringFlag, transportFlags } from './flags.ts';
import { cacheFolderOf } from './settings.ts';
import { keyringOf, ociTransportFor } from './transfer.ts';
import type { TransportInput } from './transfer.ts';

type DependencyInput = TransportInput & {
  verify: boolean;
  keyring: string;
  'skip-refresh': boolean;
};

async function dependencyOptions(
  context: CommandContext,
  flags: DependencyInput,
): Promise<DependencyOptions> {
  const { settings, clock, signal, env } = context;
  const repositories = (await readRepositories(settings.repositoryConfig)) ?? [];
  const { username, password } = flags;
  return {
    cacheFolder: cacheFolderOf(settings),
    clock,
    signal,
    known: { repositories, cache: settings.repositoryCache },
    skipRefresh: flags['skip-refresh'],
    oci: ociTransportFor(flags, context),
    ...(username === '' ? {} : { credentialsFor: () => ({ username, password }) }),
    ...(flags.verify
      ? {
          verify: async (name, archive, provenance) => {
            if (provenance === undefined) throw refuse(`failed to fetch provenance "${name}.prov"`);
            const text = Buffer.from(provenance).toString('utf8');
            await verifyText(text, archive, name, keyringOf(flags.keyring, context), env);
          },
        }
      : {}),
    out: (line) => context.out(`${line}\n`),
    note: (line) => context.err(`${line}\n`),
  };
}

/** What `--dependency-update` does. */
export async function updateCharts(
  folder: string,
  context: CommandContext,
  flags: DependencyInput,
): Promise<void> {
  await updateDependencies(folder, await dependencyOptions(context, flags));
}

const declared = (word: string, help: string, run: typeof updateDependencies) =>
  command({
    usage: `dependency ${word} CHART`,
    help,
    args: { least: 0, most: 1 },
    flags: [
      ...transportFlags,
      keyringFlag,
      {
        name: 'verify',
        type: 'bool',
        default: false,
        help: 'verify the packages against signatures',
      },
      {
        name: 'skip-refresh',
        type: 'bool',
        default: false,
        help: 'do not refresh the local repository cache',
      },
    ],
    run: async (context, [folder = '.'], flags) =>
      run(folder, await dependencyOptions(context, flags)),
  });

export const dependencyUpdate = declared(
  'update',
  `Downloads into charts/ what Chart.yaml asks for, in the newest versions that its ranges allow, and writes them into
Chart.lock.`,
  updateDependencies,
);

export const dependencyBuild = declared(
  'build',
  'Downloads into charts/ the versions of Chart.lock; without such a file it does what update does.',
  buildDependencies,
);
