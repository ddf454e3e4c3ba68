/** `fluxctl sync`. */
import { awaitJob, awaitSync } from '../await.ts';
import { formatOf, textFormatFlag } from '../command.ts';
import type { Command } from '../command.ts';
import { JobFailed, UsageError } from '../errors.ts';

/** The head is not signed by a known key; what was verified last is synced all the same. */
const unverified = /branch HEAD in the git repo is not verified.*last verified commit was/s;

export const sync: Command = {
  name: 'sync',
  short: 'Synchronize the cluster with the git repository, now',
  flags: [textFormatFlag],
  run: async ({ client, clock, out, err, timeoutMs }, values) => {
    const format = formatOf(values, 'text');
    const { remote, status, errors } = await client.gitConfig(false);
    if (status === 'unconfigured') throw new UsageError('no git repository is configured');
    const full = `\n\nFull error message: ${errors}`;
    if (status === 'unreachable')
      throw new UsageError(`can not connect to git repository with URL ${remote.url}${full}`);
    if (status !== 'ready')
      throw new UsageError(
        `git repository ${remote.url} is not ready to sync${errors === '' ? '' : full}`,
      );
    err(`Synchronizing with ${remote.url}\n`);
    const job = await client.update({ type: 'sync', cause: { Message: '', User: '' }, spec: {} });
    let result;
    try {
      result = await awaitJob(client, clock, job, timeoutMs);
    } catch (thrown) {
      if (!(thrown instanceof JobFailed) || !unverified.test(thrown.message)) {
        err(`Failed to complete sync job (ID ${JSON.stringify(job)})\n`);
        throw thrown;
      }
      err(`Warning: ${thrown.message}\n`);
      result = thrown.result;
    }
    const short = (result.revision ?? '').slice(0, 7);
    err(`Revision of ${remote.branch} to apply is ${short}\n`);
    err(`Waiting for ${short} to be applied ...\n`);
    await awaitSync(client, clock, short, timeoutMs);
    err('Done.\n');
    if (format === 'json')
      out(
        `${JSON.stringify({ url: remote.url, branch: remote.branch, revision: result.revision ?? '' })}\n`,
      );
  },
};
