/** `fluxctl list-workloads`. */
import { flag, formatFlag, formatOf, namespaceFlag, text } from '../command.ts';
import type { Command } from '../command.ts';
import { goJson, shapeControllerStatus } from '../../lib/wire/mod.ts';
import { printTable } from '../print/table.ts';

export const listWorkloads: Command = {
  name: 'list-workloads',
  aliases: ['list-controllers'],
  short: 'List workloads currently running in the cluster.',
  flags: [
    namespaceFlag,
    {
      name: 'all-namespaces',
      short: 'a',
      type: 'bool',
      default: false,
      help: 'All namespaces',
    },
    {
      name: 'container',
      short: 'c',
      type: 'string',
      default: '',
      help: 'Only workloads with a container of this name',
    },
    { name: 'no-headers', type: 'bool', default: false, help: 'Leave out the heading' },
    formatFlag,
  ],
  run: async ({ client, namespace, out }, values) => {
    const format = formatOf(values, 'tab');
    const container = text(values, 'container');
    const all = (await client.workloads(flag(values, 'all-namespaces') ? '' : namespace))
      .filter(
        ({ Containers }) => container === '' || Containers.some(({ Name }) => Name === container),
      )
      .sort((a, b) => (a.ID < b.ID ? -1 : 1));
    if (format === 'json') {
      out(`${goJson(all.map(shapeControllerStatus))}\n`);
      return;
    }
    const rows = flag(values, 'no-headers')
      ? []
      : [['WORKLOAD', 'CONTAINER', 'IMAGE', 'RELEASE', 'POLICY']];
    for (const { ID, Containers, Status, Automated, Ignore, Locked } of all) {
      const policies = [
        ...(Automated ? ['automated'] : []),
        ...(Ignore ? ['ignore'] : []),
        ...(Locked ? ['locked'] : []),
      ].join(',');
      const [first, ...others] = Containers;
      rows.push([ID, first?.Name ?? '', first?.Current.ID ?? '', Status, policies]);
      for (const other of others) rows.push(['', other.Name, other.Current.ID ?? '', '', '']);
    }
    out(printTable(rows));
  },
};
