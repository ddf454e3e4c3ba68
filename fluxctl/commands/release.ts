/** `fluxctl release`. */
import { formatResourceId, parseResourceIdIn } from '../../lib/objects/mod.ts';
import { formatImageRef, parseImageRef } from '../../lib/policy/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { awaitJob, tellOutcome } from '../await.ts';
import {
  causeFlags,
  count,
  flag,
  formatOf,
  namespaceFlag,
  text,
  textFormatFlag,
  texts,
  verboseFlag,
} from '../command.ts';
import type { Command, CommandContext, FlagMap } from '../command.ts';
import { UsageError } from '../errors.ts';
import { chooseUpdates } from '../print/menu.ts';
import { watchRollout } from '../print/rollout.ts';

export const release: Command = {
  name: 'release',
  short: 'Release a new version of a workload.',
  examples: [
    'fluxctl release -n default --workload=deployment/foo --update-image=library/hello:v2',
    'fluxctl release --all --update-image=library/hello:v2',
    'fluxctl release --workload=default:deployment/foo --update-all-images',
  ],
  flags: [
    namespaceFlag,
    {
      name: 'workload',
      type: 'list',
      default: [],
      help: 'Workloads to release, <namespace>:<kind>/<name>',
    },
    {
      name: 'controller',
      short: 'c',
      type: 'list',
      default: [],
      help: 'old name of --workload',
      deprecated: 'changed to --workload, use that instead',
    },
    { name: 'all', type: 'bool', default: false, help: 'Release all workloads' },
    {
      name: 'update-image',
      short: 'i',
      type: 'string',
      default: '',
      help: 'Update to this image, with its tag',
    },
    {
      name: 'update-all-images',
      type: 'bool',
      default: false,
      help: 'Update every image to its newest',
    },
    { name: 'exclude', type: 'list', default: [], help: 'Workloads to leave out' },
    {
      name: 'dry-run',
      type: 'bool',
      default: false,
      help: 'Release nothing; only say what would be done',
    },
    {
      name: 'interactive',
      type: 'bool',
      default: false,
      help: 'Choose the containers to update from a menu',
    },
    {
      name: 'force',
      short: 'f',
      type: 'bool',
      default: false,
      help: 'Disregard locks and filters (not with --all or --update-all-images)',
    },
    {
      name: 'watch',
      short: 'w',
      type: 'bool',
      default: false,
      help: 'Follow the rollout of what was released',
    },
    ...causeFlags,
    verboseFlag,
    textFormatFlag,
  ],
  run: async (context, values) => {
    const { client, clock, namespace, err, timeoutMs } = context;
    const wanted = readWanted(values, err);
    const id = (each: string) => formatResourceId(parseResourceIdIn(namespace, each));
    const ServiceSpecs = wanted.everything ? ['<all>'] : wanted.workloads.map(id);
    const ImageSpec = wanted.image === '' ? '<all latest>' : readImage(wanted.image);
    const interactive = flag(values, 'interactive');
    const format = formatOf(values, 'text');
    if (interactive && format === 'json')
      throw new UsageError('cannot use --interactive with --output-format=json');
    const plan = flag(values, 'dry-run') || interactive;
    const excludes = texts(values, 'exclude').map(id);
    err(plan ? 'Submitting dry-run release ...\n' : 'Submitting release ...\n');
    const cause = { Message: text(values, 'message'), User: text(values, 'user') || context.user };
    let job = await client.update({
      type: 'image',
      cause,
      spec: {
        ServiceSpecs,
        ImageSpec,
        Kind: plan ? 'plan' : 'execute',
        Excludes: excludes.length === 0 ? null : excludes,
        Force: flag(values, 'force'),
      },
    });
    const { result = {} } = await awaitJob(client, clock, job, timeoutMs);
    if (interactive) {
      const chosen = await chooseInTerminal(context, result, count(values, 'verbose'));
      if (chosen === undefined) return;
      err('Submitting selected release ...\n');
      try {
        job = await client.update({
          type: 'containers',
          cause,
          spec: {
            Kind: 'execute',
            ContainerSpecs: chosen,
            SkipMismatches: false,
            Force: flag(values, 'force'),
          },
        });
      } catch (thrown) {
        // As in the original: said, and no failure of the command.
        err(`${messageOf(thrown)}\n`);
        return;
      }
    }
    await tellOutcome(context, job, {
      apply: interactive || !plan,
      verbosity: count(values, 'verbose'),
      format,
    });
    if (!flag(values, 'watch')) return;
    const released = Object.entries(result).filter(([, { Status }]) => Status === 'success');
    await watchRollout(
      context,
      released.map(([workload]) => workload),
      count(values, 'verbose') > 0,
    );
  },
};

/** What is asked for, as far as the flags fit together. @throws UsageError */
function readWanted(values: FlagMap, err: (text: string) => void) {
  const image = text(values, 'update-image');
  const allImages = flag(values, 'update-all-images');
  const choice = '--update-image=<image> or --update-all-images';
  if (image !== '' && allImages) throw new UsageError(`please supply only one of ${choice}`);
  if (image === '' && !allImages) throw new UsageError(`please supply exactly one of ${choice}`);
  const workloads = [...texts(values, 'workload'), ...texts(values, 'controller')];
  const everything = flag(values, 'all');
  const force = flag(values, 'force');
  if (workloads.length === 0 && !everything)
    throw new UsageError('please supply either --all, or at least one --workload=<workload>');
  if (flag(values, 'watch') && flag(values, 'dry-run'))
    throw new UsageError('cannot use --watch with --dry-run');
  if (force && everything && allImages)
    throw new UsageError('--force has no effect when used with --all and --update-all-images');
  if (force && everything)
    err('Warning: --force will not ignore locked workloads when used with --all\n');
  else if (force && allImages)
    err(
      'Warning: --force will not ignore container image tags when used with --update-all-images\n',
    );
  return { image, workloads, everything };
}

/** @throws UsageError for an image without a tag */
function readImage(image: string): string {
  const ref = parseImageRef(image);
  if (ref.tag === '')
    throw new UsageError(
      'blank tag (if you want latest, explicitly state the tag :latest): invalid image ID',
    );
  return formatImageRef(ref);
}

async function chooseInTerminal(
  { out, err, openKeys }: CommandContext,
  result: Parameters<typeof chooseUpdates>[0],
  verbosity: number,
) {
  try {
    const chosen = await chooseUpdates(result, verbosity, openKeys, out);
    if (typeof chosen !== 'string') return chosen;
    err(`${chosen}\n`);
  } catch (thrown) {
    err(`${messageOf(thrown)}\n`);
  }
  return undefined;
}
