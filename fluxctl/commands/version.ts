/** `fluxctl version`. */
import { formatOf, textFormatFlag } from '../command.ts';
import type { Command } from '../command.ts';

export const version: Command = {
  name: 'version',
  short: 'Output the version of fluxctl',
  flags: [textFormatFlag],
  offline: true,
  run: ({ out, version: text }, values) => {
    out(`${formatOf(values, 'text') === 'json' ? JSON.stringify({ version: text }) : text}\n`);
    return Promise.resolve();
  },
};
