/** `fluxctl policy`, and its short forms automate, deautomate, lock, unlock. */
import { formatResourceId, parseResourceIdIn } from '../../lib/objects/mod.ts';
import { parsePattern } from '../../lib/policy/mod.ts';
import type { PolicyUpdate } from '../../lib/wire/mod.ts';
import { tellOutcome } from '../await.ts';
import {
  causeFlags,
  count,
  flag,
  namespaceFlag,
  oldWorkloadFlag,
  formatOf,
  text,
  textFormatFlag,
  texts,
  verboseFlag,
} from '../command.ts';
import type { Command, CommandContext, FlagMap } from '../command.ts';
import { UsageError } from '../errors.ts';

const common = [
  namespaceFlag,
  { name: 'workload', short: 'w', type: 'string', default: '', help: 'Workload to modify' },
  oldWorkloadFlag,
  ...causeFlags,
  verboseFlag,
  textFormatFlag,
] as const;

export const policy: Command = {
  name: 'policy',
  short: 'Manage policies for a workload.',
  long: `Manage policies for a workload.

A filter is written as container=pattern, for example 'foo=1.*'; put it in single
quotes, so that the shell leaves it alone. --tag-all is for all containers.`,
  examples: [
    'fluxctl policy --workload=default:deployment/foo --automate',
    'fluxctl policy --workload=default:deployment/foo --lock',
    "fluxctl policy --workload=default:deployment/foo --tag='bar=1.*' --tag='baz=2.*'",
    "fluxctl policy --workload=default:deployment/foo --tag-all='master-*' --tag='bar=1.*'",
  ],
  flags: [
    ...common,
    {
      name: 'tag-all',
      type: 'string',
      default: '',
      help: 'Tag filter of all containers',
    },
    { name: 'tag', type: 'list', default: [], help: 'Tag filters, container=pattern' },
    { name: 'automate', type: 'bool', default: false, help: 'Automate workload' },
    { name: 'deautomate', type: 'bool', default: false, help: 'Deautomate workload' },
    { name: 'lock', type: 'bool', default: false, help: 'Lock workload' },
    { name: 'unlock', type: 'bool', default: false, help: 'Unlock workload' },
  ],
  run: (context, values) => update(context, values),
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
  examples: [`fluxctl ${name} --workload=default:deployment/helloworld`],
  flags: common,
  run: (context, values) => update(context, { ...values, [name]: true }),
}));

async function update(context: CommandContext, values: FlagMap): Promise<void> {
  const { client, namespace } = context;
  const format = formatOf(values, 'text');
  const [workload, old] = [text(values, 'workload'), text(values, 'controller')];
  if (workload === '' && old === '') throw new UsageError('-w, --workload is required');
  if (workload !== '' && old !== '')
    throw new UsageError("can't specify both the controller and workload");
  if (flag(values, 'automate') && flag(values, 'deautomate'))
    throw new UsageError('automate and deautomate both specified');
  if (flag(values, 'lock') && flag(values, 'unlock'))
    throw new UsageError('lock and unlock both specified');
  const id = formatResourceId(parseResourceIdIn(namespace, workload || old));
  const cause = { Message: text(values, 'message'), User: text(values, 'user') || context.user };
  const job = await client.update({
    type: 'policy',
    cause,
    spec: { [id]: changes(values, cause) },
  });
  await tellOutcome(context, job, { apply: false, verbosity: count(values, 'verbose'), format });
}

function changes(values: FlagMap, cause: { User: string; Message: string }): PolicyUpdate {
  const add: Record<string, string> = {};
  const remove: Record<string, string> = {};
  if (flag(values, 'automate')) add.automated = 'true';
  if (flag(values, 'lock')) {
    add.locked = 'true';
    if (cause.User !== '') {
      add.locked_user = cause.User;
      add.locked_msg = cause.Message;
    }
  }
  if (flag(values, 'deautomate')) remove.automated = 'true';
  if (flag(values, 'unlock'))
    for (const name of ['locked', 'locked_msg', 'locked_user']) remove[name] = 'true';
  const all = text(values, 'tag-all');
  if (all !== '') add.tag_all = parsePattern(all).text;
  for (const pair of texts(values, 'tag')) {
    const [container = '', pattern = '', ...more] = pair.split('=');
    if (more.length > 0 || !pair.includes('='))
      throw new UsageError(
        `invalid container/tag pair: ${JSON.stringify(pair)}. Expected format is 'container=filter'`,
      );
    if (pattern === '*') remove[`tag.${container}`] = 'true';
    else add[`tag.${container}`] = parsePattern(pattern).text;
  }
  return { add, remove };
}
