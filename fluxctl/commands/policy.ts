/** `fluxctl policy`, and its short forms automate, deautomate, lock, unlock. */
import { formatResourceId, parseResourceIdIn } from '../../lib/objects/mod.ts';
import { parsePattern } from '../../lib/policy/mod.ts';
import type { PolicyUpdate } from '../../lib/wire/mod.ts';
import { awaitJob } from '../client.ts';
import { causeFlags, count, flag, namespaceFlag, text, texts } from '../command.ts';
import type { Command, CommandContext } from '../command.ts';
import { UsageError } from '../errors.ts';
import { printResult } from '../print/result.ts';

const common = [
  namespaceFlag,
  { name: 'workload', short: 'w', type: 'string', default: '', help: 'workload to modify' },
  ...causeFlags,
  {
    name: 'verbose',
    short: 'v',
    type: 'count',
    default: 0,
    help: 'include skipped (and ignored, if repeated) workloads',
  },
] as const;

export const policy: Command = {
  name: 'policy',
  short: 'Manage policies for a workload.',
  flags: [
    ...common,
    {
      name: 'tag-all',
      type: 'string',
      default: '',
      help: 'tag filter pattern to apply to all containers',
    },
    { name: 'tag', type: 'list', default: [], help: 'tag filter container/pattern pairs' },
    { name: 'automate', type: 'bool', default: false, help: 'automate workload' },
    { name: 'deautomate', type: 'bool', default: false, help: 'deautomate workload' },
    { name: 'lock', type: 'bool', default: false, help: 'lock workload' },
    { name: 'unlock', type: 'bool', default: false, help: 'unlock workload' },
  ],
  run: (context, values) => {
    if (flag(values, 'automate') && flag(values, 'deautomate'))
      throw new UsageError('automate and deautomate both specified');
    if (flag(values, 'lock') && flag(values, 'unlock'))
      throw new UsageError('lock and unlock both specified');
    return update(context, values, changes(context, values));
  },
};

export const shortForms: readonly Command[] = (
  [
    ['automate', 'Turn on automatic deployment for a workload.'],
    ['deautomate', 'Turn off automatic deployment for a workload.'],
    ['lock', 'Lock a workload, so it cannot be deployed.'],
    ['unlock', 'Unlock a workload, so it can be deployed.'],
  ] as const
).map(([name, short]) => ({
  name,
  short,
  flags: common,
  run: (context, values) => update(context, values, changes(context, { ...values, [name]: true })),
}));

function changes(
  { user }: CommandContext,
  values: Readonly<Record<string, unknown>>,
): PolicyUpdate {
  const add: Record<string, string> = {};
  const remove: Record<string, string> = {};
  if (flag(values, 'automate')) add.automated = 'true';
  if (flag(values, 'deautomate')) remove.automated = 'true';
  if (flag(values, 'lock')) {
    add.locked = 'true';
    const by = text(values, 'user') || user;
    if (by !== '') {
      add.locked_user = by;
      const message = text(values, 'message');
      if (message === '') remove.locked_msg = 'true';
      else add.locked_msg = message;
    }
  }
  if (flag(values, 'unlock'))
    for (const name of ['locked', 'locked_user', 'locked_msg']) remove[name] = 'true';
  const all = text(values, 'tag-all');
  if (all !== '') add.tag_all = parsePattern(all).text;
  for (const pair of texts(values, 'tag')) {
    const [container = '', pattern = '', ...more] = pair.split('=');
    if (more.length > 0 || pattern === '')
      throw new UsageError(
        `invalid container/tag pair: "${pair}". Expected format is 'container=filter'`,
      );
    if (pattern === '*') remove[`tag.${container}`] = 'true';
    else add[`tag.${container}`] = parsePattern(pattern).text;
  }
  return { add, remove };
}

async function update(
  context: CommandContext,
  values: Readonly<Record<string, unknown>>,
  change: PolicyUpdate,
): Promise<void> {
  const { client, clock, namespace, out, timeoutMs } = context;
  const workload = text(values, 'workload');
  if (workload === '') throw new UsageError('-w, --workload is required');
  const id = formatResourceId(parseResourceIdIn(namespace, workload));
  const job = await client.update({
    type: 'policy',
    cause: { Message: text(values, 'message'), User: text(values, 'user') || context.user },
    spec: { [id]: change },
  });
  const { result, revision } = await awaitJob(client, clock, job, timeoutMs);
  if (result !== undefined) out(printResult(result, count(values, 'verbose')));
  if (revision !== undefined && revision !== '') out(`Commit pushed:\t${revision.slice(0, 7)}\n`);
}
