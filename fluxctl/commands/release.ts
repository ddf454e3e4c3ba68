/** `fluxctl release`. */
import { formatResourceId, parseResourceIdIn } from '../../lib/objects/mod.ts';
import { parseImageRef } from '../../lib/policy/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { awaitJob, awaitSync } from '../client.ts';
import { causeFlags, count, flag, namespaceFlag, text, texts } from '../command.ts';
import type { Command } from '../command.ts';
import { UsageError } from '../errors.ts';
import { printResult } from '../print/result.ts';

export const release: Command = {
  name: 'release',
  short: 'Release a new version of a workload.',
  flags: [
    namespaceFlag,
    { name: 'workload', type: 'list', default: [], help: 'list of workloads to release' },
    { name: 'all', type: 'bool', default: false, help: 'release all workloads' },
    {
      name: 'update-image',
      short: 'i',
      type: 'string',
      default: '',
      help: 'update a specific image',
    },
    {
      name: 'update-all-images',
      type: 'bool',
      default: false,
      help: 'update all images to latest versions',
    },
    { name: 'exclude', type: 'list', default: [], help: 'list of workloads to exclude' },
    {
      name: 'dry-run',
      type: 'bool',
      default: false,
      help: 'do not release anything; just report back what would have been done',
    },
    {
      name: 'interactive',
      type: 'bool',
      default: false,
      help: 'not available: choose with --workload and --exclude',
    },
    {
      name: 'force',
      short: 'f',
      type: 'bool',
      default: false,
      help: 'disregard locks and container image filters',
    },
    ...causeFlags,
    {
      name: 'verbose',
      short: 'v',
      type: 'count',
      default: 0,
      help: 'include skipped (and ignored, if repeated) workloads',
    },
  ],
  run: async ({ client, clock, namespace, out, err, timeoutMs, user }, values) => {
    if (flag(values, 'interactive'))
      throw new UsageError('--interactive is not available; choose with --workload and --exclude');
    const image = text(values, 'update-image');
    const allImages = flag(values, 'update-all-images');
    if ((image === '') !== allImages) {
      throw new UsageError(
        'please supply exactly one of --update-image=<image> or --update-all-images',
      );
    }
    const workloads = texts(values, 'workload');
    const everything = flag(values, 'all');
    if (workloads.length === 0 && !everything)
      throw new UsageError('please supply either --all, or at least one --workload=<workload>');
    if (image !== '' && parseImageRef(image).tag === '')
      throw new UsageError(`blank tag in image "${image}": a tag is required`);
    const id = (each: string) => formatResourceId(parseResourceIdIn(namespace, each));
    const dryRun = flag(values, 'dry-run');
    err(`Submitting ${dryRun ? 'dry-run ' : ''}release ...\n`);
    const job = await client.update({
      type: 'image',
      cause: { Message: text(values, 'message'), User: text(values, 'user') || user },
      spec: {
        ServiceSpecs: everything ? ['<all>'] : workloads.map(id),
        ImageSpec: allImages ? '<all latest>' : image,
        Kind: dryRun ? 'plan' : 'execute',
        Excludes: texts(values, 'exclude').map(id),
        Force: flag(values, 'force'),
      },
    });
    const { result, revision } = await awaitJob(client, clock, job, timeoutMs);
    if (result === undefined) {
      out('Nothing to do\n');
      return;
    }
    out(printResult(result, count(values, 'verbose')));
    if (dryRun || revision === undefined || revision === '') return;
    err(`Commit pushed:\t${revision.slice(0, 7)}\n`);
    try {
      await awaitSync(client, clock, revision, timeoutMs);
      err(`Commit applied:\t${revision.slice(0, 7)}\n`);
    } catch (thrown) {
      err(`The release was committed; it is not known to be applied yet (${messageOf(thrown)}).\n`);
    }
  },
};
