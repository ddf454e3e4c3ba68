/** `fluxctl list-images`. */
import { parseResourceIdIn, formatResourceId } from '../../lib/objects/mod.ts';
import { formatImageName, parseImageRef } from '../../lib/policy/mod.ts';
import { goJson, shapeImageStatus } from '../../lib/wire/mod.ts';
import type { WireContainer, WireImage } from '../../lib/wire/mod.ts';
import {
  count,
  flag,
  formatFlag,
  formatOf,
  namespaceFlag,
  oldWorkloadFlag,
  text,
} from '../command.ts';
import type { Command } from '../command.ts';
import { UsageError } from '../errors.ts';
import { printTable } from '../print/table.ts';

export const listImages: Command = {
  name: 'list-images',
  short: 'Show deployed and available images.',
  examples: ['fluxctl list-images --namespace default --workload=deployment/foo'],
  flags: [
    namespaceFlag,
    {
      name: 'workload',
      short: 'w',
      type: 'string',
      default: '',
      help: 'Show images of this workload only',
    },
    oldWorkloadFlag,
    {
      name: 'limit',
      short: 'l',
      type: 'int',
      default: 10,
      help: 'Number of images to show (0 for all)',
    },
    { name: 'no-headers', type: 'bool', default: false, help: 'Leave out the heading' },
    formatFlag,
  ],
  run: async ({ client, namespace, out }, values) => {
    const format = formatOf(values, 'tab');
    const limit = count(values, 'limit');
    if (text(values, 'workload') !== '' && text(values, 'controller') !== '')
      throw new UsageError("can't specify both the controller and image");
    const asked = text(values, 'workload') || text(values, 'controller');
    const all = (
      asked === ''
        ? await client.images('<all>', namespace)
        : await client.images(formatResourceId(parseResourceIdIn(namespace, asked)), '')
    ).sort((a, b) => (a.ID < b.ID ? -1 : 1));
    if (format === 'json') {
      if (limit < 0) throw new UsageError('opts.limit cannot be less than 0');
      const cut = all.map((workload) => ({
        ...workload,
        Containers: workload.Containers.map((container) =>
          limit > 0 && container.Available !== undefined
            ? { ...container, Available: container.Available.slice(0, limit) }
            : container,
        ),
      }));
      out(`${goJson(cut.map(shapeImageStatus))}\n`);
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
  const tag = tagOf(current);
  const why = available.length > 0 ? '' : container.AvailableError || 'image data not available';
  const name = current === '' ? '' : formatImageName(parseImageRef(current));
  const rows = [[id, container.Name, name, why]];
  let found = false;
  available.forEach((image, at) => {
    const running = tagOf(image.ID) === tag;
    const marker = running ? "'->" : found ? '   ' : '|  ';
    if (running) found = true;
    const shown = limit <= 0 || at < limit;
    if (!shown && image.ID !== current) return;
    if (!shown && at > limit) rows.push(['', '', `: (${at - limit} image(s) omitted)`, '']);
    rows.push(['', '', `${marker} ${tagOf(image.ID)}`, created(image)]);
  });
  if (!found) rows.push(['', '', `'-> ${tag || '(untagged)'}`, '?']);
  return rows;
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
