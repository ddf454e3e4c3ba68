/** `fluxctl explain`: why this image, why not that one. */
import { nearest } from '../../lib/manifest/mod.ts';
import { formatResourceId, parseResourceIdIn } from '../../lib/objects/mod.ts';
import { filterAndSort, parseImageRef, parsePattern, patternAll } from '../../lib/policy/mod.ts';
import type { ControllerStatus, WireContainer, WireImage } from '../../lib/wire/mod.ts';
import {
  count,
  formatOf,
  namespaceFlag,
  oldWorkloadFlag,
  text,
  textFormatFlag,
} from '../command.ts';
import type { Command } from '../command.ts';
import { UsageError } from '../errors.ts';
import { printTable } from '../print/table.ts';

export interface Candidate {
  tag: string;
  /** RFC 3339; '' when nobody knows. */
  created: string;
  /** Where the time comes from. */
  source: string;
  verdict: string;
}

export interface ContainerExplanation {
  container: string;
  image: string;
  /** With its prefix, as it is understood. */
  filter: string;
  /** What becomes of the container, in a sentence. */
  decision: string;
  candidates: Candidate[];
}

export interface Explanation {
  workload: string;
  /** Why nothing at all is updated by itself; '' when it may be. */
  obstacle: string;
  /** Errors and probable mistakes. */
  remarks: string[];
  containers: ContainerExplanation[];
}

export const explain: Command = {
  name: 'explain',
  short: 'Explain which images a workload would get, and why',
  examples: ['fluxctl explain --workload=default:deployment/foo'],
  flags: [
    namespaceFlag,
    { name: 'workload', short: 'w', type: 'string', default: '', help: 'Workload to explain' },
    oldWorkloadFlag,
    {
      name: 'limit',
      short: 'l',
      type: 'int',
      default: 10,
      help: 'Number of tags to show (0 for all)',
    },
    textFormatFlag,
  ],
  run: async ({ client, namespace, out }, values) => {
    const format = formatOf(values, 'text');
    const asked = text(values, 'workload') || text(values, 'controller');
    if (asked === '') throw new UsageError('-w, --workload is required');
    const id = formatResourceId(parseResourceIdIn(namespace, asked));
    const [workload] = await client.workloadsByIds([id]);
    if (workload === undefined) throw new UsageError(`workload ${id} is not in the cluster`);
    const [images] = await client.images(id, '');
    const explanation = explainWorkload(workload, images?.Containers ?? []);
    out(
      format === 'json'
        ? `${JSON.stringify(explanation)}\n`
        : printExplanation(explanation, count(values, 'limit')),
    );
  },
};

export function explainWorkload(
  workload: ControllerStatus,
  images: readonly WireContainer[],
): Explanation {
  const policies = workload.Policies ?? {};
  const names = workload.Containers.map(({ Name }) => Name);
  return {
    workload: workload.ID,
    obstacle: obstacleOf(workload),
    remarks: [
      ...(workload.SyncError === '' ? [] : [`not in sync: ${workload.SyncError}`]),
      ...remarksOn(Object.keys(policies), names),
    ],
    containers: workload.Containers.map(({ Name, Current }) => {
      const found = images.find((one) => one.Name === Name);
      return explainContainer(Name, Current.ID ?? '', policies[`tag.${Name}`], found);
    }),
  };
}

function obstacleOf({ ReadOnly, Automated, Locked, Ignore, Policies }: ControllerStatus): string {
  if (ReadOnly === 'NotInRepo') return 'it is not in the Git repository';
  if (ReadOnly !== '') return `the repository cannot be written to (${ReadOnly})`;
  if (Locked) {
    const [user, message] = [Policies?.locked_user ?? '', Policies?.locked_msg ?? ''];
    return `it is locked${user === '' ? '' : ` by ${user}`}${message === '' ? '' : `: ${message}`}`;
  }
  if (Ignore) return 'it is ignored';
  return Automated ? '' : 'it is not automated';
}

const known = ['automated', 'locked', 'locked_user', 'locked_msg', 'ignore'];

function remarksOn(policies: readonly string[], containers: readonly string[]): string[] {
  return policies.flatMap((policy) => {
    const container = policy.startsWith('tag.') ? policy.slice('tag.'.length) : undefined;
    const right = container === undefined ? known.includes(policy) : containers.includes(container);
    if (right || policy.startsWith('sync-')) return [];
    const meant = container === undefined ? nearest(policy, known) : nearest(container, containers);
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
    return [
      container === undefined
        ? `the annotation ${policy} is not known${hint}`
        : `a filter is for ${container}, and no container is called so${hint}`,
    ];
  });
}

function explainContainer(
  container: string,
  image: string,
  filter: string | undefined,
  found: WireContainer | undefined,
): ContainerExplanation {
  const pattern = parsePattern(filter ?? patternAll);
  const current = image === '' ? '' : parseImageRef(image).tag;
  const available = (found?.Available ?? []).map((one) => ({ one, tag: tagOf(one) }));
  const common = {
    container,
    image,
    filter: `${pattern.text}${filter === undefined ? ' (no annotation)' : ''}`,
  };
  if (available.length === 0)
    return {
      ...common,
      decision: `nothing is known of the image: ${found?.AvailableError || 'it was not scanned'}`,
      candidates: [],
    };
  const candidates = available.map(({ one, tag }) => ({ one, tag, createdAt: timeOf(one) }));
  const matching = filterAndSort(candidates, pattern);
  const usable = pattern.requiresTimestamp
    ? matching.filter(({ createdAt }) => createdAt !== undefined)
    : matching;
  const [newest] = usable;
  const rule = pattern.requiresTimestamp ? 'by its time' : 'by its version';
  const decision =
    newest === undefined
      ? matching.length === 0
        ? 'no tag matches the filter'
        : 'tags match, but the time of none is known'
      : newest.tag === current
        ? `${current} is in use and the newest match, ${rule}`
        : `${newest.tag} is the newest match, ${rule}; ${current || '(untagged)'} is in use`;
  const verdictOf = ({ tag, createdAt }: (typeof candidates)[number]): string => {
    const used = tag === current ? 'in use, ' : '';
    if (!pattern.matches(tag))
      return `${used}${tag.toLowerCase() === 'latest' ? 'latest never matches' : 'does not match'}`;
    if (pattern.requiresTimestamp && createdAt === undefined)
      return `${used}matches, but its time is not known`;
    return `${used}matches${tag === newest?.tag ? ', newest' : ''}`;
  };
  return {
    ...common,
    decision: pattern.valid ? decision : `the filter cannot be read; ${decision}`,
    candidates: candidates.map((candidate) => ({
      tag: candidate.tag,
      created: candidate.one.CreatedAt ?? '',
      source: sourceOf(candidate.one),
      verdict: verdictOf(candidate),
    })),
  };
}

const tagOf = ({ ID = '' }: WireImage): string => (ID === '' ? '' : parseImageRef(ID).tag);

function timeOf({ CreatedAt }: WireImage): number | undefined {
  const time = Date.parse(CreatedAt ?? '');
  return Number.isNaN(time) ? undefined : time;
}

function sourceOf({ CreatedAt, Labels = {} }: WireImage): string {
  if (CreatedAt === undefined || CreatedAt === '') return '';
  const label = Object.entries(Labels).find(
    ([, time]) => Date.parse(time) === Date.parse(CreatedAt),
  );
  return label === undefined ? 'image' : `label ${label[0]}`;
}

export function printExplanation(explanation: Explanation, limit: number): string {
  const { workload, obstacle, remarks, containers } = explanation;
  const head =
    obstacle === ''
      ? `${workload} is updated by itself\n`
      : `${workload} is not updated by itself: ${obstacle}\n`;
  const sections = containers.map(({ container, image, filter, decision, candidates }) => {
    const shown = limit > 0 ? candidates.slice(0, limit) : candidates;
    const rows = shown.map(({ tag, created, source, verdict }) => [tag, created, source, verdict]);
    const omitted = candidates.length - shown.length;
    return [
      `\n${container}  ${image}\n  filter    ${filter}\n  decision  ${decision}\n`,
      rows.length === 0
        ? ''
        : printTable([['TAG', 'CREATED', 'TIME OF', 'VERDICT'], ...rows])
            .replaceAll(/^/gm, '  ')
            .trimEnd() + '\n',
      omitted > 0 ? `  (${omitted} more)\n` : '',
    ].join('');
  });
  return `${head}${remarks.map((remark) => `! ${remark}\n`).join('')}${sections.join('')}`;
}
