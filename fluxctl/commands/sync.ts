/** `fluxctl sync` and `fluxctl identity`. */
import { awaitJob, awaitSync } from '../client.ts';
import { flag } from '../command.ts';
import type { Command } from '../command.ts';
import { UsageError } from '../errors.ts';

export const sync: Command = {
  name: 'sync',
  short: 'synchronize the cluster with the git repository, now',
  flags: [],
  run: async ({ client, clock, err, timeoutMs }) => {
    const { remote, status, errors } = await client.gitConfig(false);
    if (status === 'unconfigured') throw new UsageError('no git repository is configured');
    if (status === 'unreachable') {
      throw new UsageError(
        `can not connect to git repository with URL ${remote.url}\n\nFull error message: ${errors}`,
      );
    }
    if (status !== 'ready')
      throw new UsageError(
        `git repository ${remote.url} is not ready to sync\n\nFull error message: ${errors}`,
      );
    err(`Synchronizing with ${remote.url}\n`);
    const job = await client.update({ type: 'sync', cause: { Message: '', User: '' }, spec: {} });
    const { revision = '' } = await awaitJob(client, clock, job, timeoutMs);
    const short = revision.slice(0, 7);
    err(`Revision of ${remote.branch} to apply is ${short}\n`);
    err(`Waiting for ${short} to be applied ...\n`);
    await awaitSync(client, clock, revision, timeoutMs);
    err('Done.\n');
  },
};

export const identity: Command = {
  name: 'identity',
  short: 'Display SSH public key',
  flags: [
    {
      name: 'regenerate',
      short: 'r',
      type: 'bool',
      default: false,
      help: 'generate a new identity',
    },
    {
      name: 'fingerprint',
      short: 'l',
      type: 'bool',
      default: false,
      help: 'show fingerprint of public key',
    },
    {
      name: 'visual',
      short: 'v',
      type: 'bool',
      default: false,
      help: 'show ASCII art representation with fingerprint (implies -l)',
    },
  ],
  run: async ({ client, out }, values) => {
    const key = flag(values, 'regenerate')
      ? (await client.gitConfig(true)).publicSSHKey
      : await client.publicKey();
    const md5 = key.fingerprints?.md5;
    if (flag(values, 'visual')) out(`${md5?.hash ?? ''}\n${md5?.randomart ?? ''}\n`);
    else if (flag(values, 'fingerprint')) out(`${md5?.hash ?? ''}\n`);
    else out(key.key);
  },
};
