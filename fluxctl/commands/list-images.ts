/** `fluxctl list-images`. */
import { parseResourceIdIn, formatResourceId } from '../../lib/objects/mod.ts';
import { formatImageName, parseImageRef } from '../../lib/policy/mod.ts';
import type { WireContainer, WireImage } from '../../lib/wire/mod.ts';
import { count, flag, namespaceFlag, text } from '../command.ts';
import type { Command } from '../command.ts';
import { UsageError } from '../errors.ts';
import { printTable } from '../print/table.ts';

export const listImages: Command = {
  name: 'list-images',
  short: 'Show deployed and available images.',
  flags: [
    namespaceFlag,
    {
      name: 'workload',
      short: 'w',
      type: 'string',
      default: '',
      help: 'show images for this workload',
    },
    {
      name: 'limit',
      short: 'l',
      type: 'int',
      default: 10,
      help: 'number of images to show (0 for all)',
    },
    { name: 'no-headers', type: 'bool', default: false, help: "don't print headers" },
    {
      name: 'output-format',
      short: 'o',
      type: 'string',
      default: 'tab',
      help: 'output format (tab or json)',
    },
  ],
  run: async ({ client, namespace, out }, values) => {
    const format = text(values, 'output-format');
    if (format !== 'tab' && format !== 'json')
      throw new UsageError('invalid output format specified');
    const limit = count(values, 'limit');
    const asked = text(values, 'workload');
    const all = (
      asked === ''
        ? await client.images('<all>', namespace)
        : await client.images(formatResourceId(parseResourceIdIn(namespace, asked)), '')
    ).sort((a, b) => (a.ID < b.ID ? -1 : 1));
    if (format === 'json') {
      if (limit < 0) throw new UsageError('number of images to show must be positive');
      const cut = all.map((workload) => ({
        ...workload,
        Containers: workload.Containers.map((container) =>
          limit > 0 && container.Available !== undefined
            ? { ...container, Available: container.Available.slice(0, limit) }
            : container,
        ),
      }));
      out(`${JSON.stringify(cut)}\n`);
      return;
    }
    const rows = flag(values, 'no-headers') ? [] : [['WORKLOAD', 'CONTAINER', 'IMAGE', 'CREATED']];
    for (const { ID, Containers } of all) {
      let id = ID;
      if (Containers.length === 0) rows.push([id, '', '', '']);
      for (const container of Containers) {
        rows.push(...containerRows(id, container, limit));
        id = '';
      }
    }
    out(printTable(rows));
  },
};

function containerRows(id: string, container: WireContainer, limit: number): string[][] {
  const current = container.Current.ID ?? '';
  const available = container.Available ?? [];
  const name = current === '' ? '' : formatImageName(parseImageRef(current));
  if (available.length === 0) return noImages(id, container, name);
  const rows = [[id, container.Name, name, '']];
  let found = false;
  let omitted = 0;
  available.forEach((image, at) => {
    const running = image.ID === current;
    if (running) {
      if (omitted > 0) rows.push(['', '', `: (${omitted} image(s) omitted)`, '']);
      found = true;
      rows.push(['', '', `'-> ${tagOf(image.ID)}`, created(image)]);
    } else if (limit <= 0 || at < limit) {
      rows.push([
        '',
        '',
        `${found ? '   ' : '|  '} ${tagOf(image.ID)}`.replace(/^(\| {2}| {3}) /, '$1'),
        created(image),
      ]);
    } else if (!found) omitted += 1;
  });
  if (!found) {
    if (omitted > 0) rows.push(['', '', `: (${omitted} image(s) omitted)`, '']);
    rows.push(['', '', `'-> ${tagOf(current) || '(untagged)'}`, '?']);
  }
  return rows;
}

function noImages(id: string, container: WireContainer, name: string): string[][] {
  const why =
    container.AvailableError === undefined || container.AvailableError === ''
      ? 'image data not available'
      : container.AvailableError;
  return [
    [id, container.Name, name, why],
    ['', '', `'-> ${tagOf(container.Current.ID) || '(untagged)'}`, '?'],
  ];
}

const tagOf = (ref: string | undefined): string =>
  ref === undefined || ref === '' ? '' : parseImageRef(ref).tag;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `02 Jan 06 15:04 UTC` */
function created({ CreatedAt }: WireImage): string {
  const time = new Date(CreatedAt ?? Number.NaN);
  if (Number.isNaN(time.getTime())) return '';
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(time.getUTCDate())} ${months[time.getUTCMonth()] ?? ''} ${two(time.getUTCFullYear() % 100)} ${two(time.getUTCHours())}:${two(time.getUTCMinutes())} UTC`;
}
