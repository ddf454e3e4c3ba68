/** `fluxctl identity`. */
import { flag, formatOf, textFormatFlag } from '../command.ts';
import type { Command } from '../command.ts';

export const identity: Command = {
  name: 'identity',
  short: 'Display SSH public key',
  flags: [
    {
      name: 'regenerate',
      short: 'r',
      type: 'bool',
      default: false,
      help: 'Generate a new identity',
    },
    {
      name: 'fingerprint',
      short: 'l',
      type: 'bool',
      default: false,
      help: 'Show the fingerprint of the public key',
    },
    {
      name: 'visual',
      short: 'v',
      type: 'bool',
      default: false,
      help: 'Show the fingerprint and its picture (implies -l)',
    },
    textFormatFlag,
  ],
  run: async ({ client, out }, values) => {
    const format = formatOf(values, 'text');
    const { publicSSHKey: key } = await client.gitConfig(flag(values, 'regenerate'));
    const { hash = '', randomart = '' } = key.fingerprints?.md5 ?? {};
    if (format === 'json') out(`${JSON.stringify(key)}\n`);
    else if (flag(values, 'visual')) out(`${hash}\n${randomart}`);
    else if (flag(values, 'fingerprint')) out(`${hash}\n`);
    else out(key.key);
  },
};
