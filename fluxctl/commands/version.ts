/** `fluxctl version`. */
import type { Command } from '../command.ts';

export const version: Command = {
  name: 'version',
  short: 'Output the version of fluxctl',
  flags: [],
  offline: true,
  run: ({ out, version: text }) => {
    out(`${text}\n`);
    return Promise.resolve();
  },
};
