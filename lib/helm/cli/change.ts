/** `rollback`, `uninstall` and `test` (helm 3.19 cmd/helm). */
import { asError, messageOf } from '../../runtime/mod.ts';
import { command, refuse } from './context.ts';
import { outputFlag, timeoutFlag } from './flags.ts';
import { outputFormat } from './print.ts';
import { printRelease } from './status-print.ts';

const waitFlags = [
  {
    name: 'wait',
    type: 'bool',
    default: false,
    help: 'if set, will wait until the resources are as they should be. It will wait for as long as --timeout',
  },
  { name: 'no-hooks', type: 'bool', default: false, help: 'prevent hooks from running' },
  timeoutFlag,
] as const;

export const rollback = command({
  usage: 'rollback <RELEASE> [REVISION]',
  help: 'roll back a release to a previous revision',
  args: { least: 1 },
  flags: [
    ...waitFlags,
    {
      name: 'wait-for-jobs',
      type: 'bool',
      default: false,
      help: 'if set and --wait enabled, will wait until all Jobs have been completed before marking the release as successful. It will wait for as long as --timeout',
    },
    {
      name: 'recreate-pods',
      type: 'bool',
      default: false,
      help: 'performs pods restart for the resource if applicable',
    },
    {
      name: 'force',
      type: 'bool',
      default: false,
      help: 'force resource update through delete/recreate if needed',
    },
    {
      name: 'cleanup-on-fail',
      type: 'bool',
      default: false,
      help: 'allow deletion of new resources created in this rollback when rollback fails',
    },
    {
      name: 'history-max',
      type: 'int',
      default: 10,
      env: 'HELM_MAX_HISTORY',
      help: 'limit the maximum number of revisions saved per release. Use 0 for no limit',
    },
  ],
  run: async (context, [releaseName = '', revision = '0'], flags) => {
    if (!/^[+-]?\d+$/.test(revision)) {
      throw refuse(
        `could not convert revision to a number: strconv.Atoi: parsing ${JSON.stringify(revision)}: invalid syntax`,
      );
    }
    const { engine } = await context.cluster();
    await engine.rollback({
      releaseName,
      namespace: await context.namespace(),
      revision: Number(revision),
      timeoutMs: flags.timeout,
      wait: flags.wait,
      waitForJobs: flags['wait-for-jobs'],
      disableHooks: flags['no-hooks'],
      force: flags.force,
      recreatePods: flags['recreate-pods'],
      cleanupOnFail: flags['cleanup-on-fail'],
      maxHistory: flags['history-max'],
      signal: context.signal,
    });
    context.out('Rollback was a success! Happy Helming!\n');
  },
});

export const uninstall = command({
  usage: 'uninstall RELEASE_NAME [...]',
  help: 'uninstall a release',
  args: { least: 1 },
  flags: [
    ...waitFlags,
    {
      name: 'keep-history',
      type: 'bool',
      default: false,
      help: 'remove all associated resources and mark the release as deleted, but retain the release history',
    },
    {
      name: 'ignore-not-found',
      type: 'bool',
      default: false,
      help: 'Treat "release not found" as a successful uninstall',
    },
    {
      name: 'dry-run',
      type: 'bool',
      default: false,
      help: 'simulate a uninstall',
    },
    {
      name: 'cascade',
      type: 'string',
      default: 'background',
      help: 'Must be "background", "orphan", or "foreground". Selects the deletion cascading strategy for the dependents',
    },
    { name: 'description', type: 'string', default: '', help: 'add a custom description' },
  ],
  run: async (context, names, flags) => {
    const { cascade } = flags;
    if (cascade !== 'background' && cascade !== 'foreground' && cascade !== 'orphan') {
      throw refuse(
        `invalid cascade value (${cascade}). Must be "background", "foreground", or "orphan"`,
      );
    }
    const { engine } = await context.cluster();
    const namespace = await context.namespace();
    for (const releaseName of names) {
      const known = await engine.latest({ releaseName, namespace });
      if (known === undefined && flags['ignore-not-found']) {
        context.out(`release "${releaseName}" uninstalled\n`);
        continue;
      }
      if (known === undefined || !flags['dry-run']) {
        const { info } = await engine.uninstall({
          releaseName,
          namespace,
          keepHistory: flags['keep-history'],
          cascade,
          timeoutMs: flags.timeout,
          wait: flags.wait,
          disableHooks: flags['no-hooks'],
          description: flags.description,
          signal: context.signal,
        });
        if (info !== '') context.out(`${info}\n`);
      }
      context.out(`release "${releaseName}" uninstalled\n`);
    }
  },
});

export const test = command({
  usage: 'test [RELEASE]',
  help: 'run tests for a release',
  args: { least: 1, most: 1 },
  flags: [
    outputFlag,
    timeoutFlag,
    {
      name: 'logs',
      type: 'bool',
      default: false,
      help: 'dump the logs from test pods (this runs after all tests are complete, but before any cleanup)',
    },
    {
      name: 'hide-notes',
      type: 'bool',
      default: false,
      help: 'if set, do not show notes in test output. Does not affect presence in chart metadata',
    },
  ],
  run: async (context, [releaseName = ''], flags) => {
    const format = outputFormat(flags.output);
    const { engine, kube } = await context.cluster();
    const namespace = await context.namespace();
    let failure: Error | undefined;
    const release = await engine
      .test({ releaseName, namespace, timeoutMs: flags.timeout, signal: context.signal })
      .catch(async (thrown: unknown) => {
        failure = asError(thrown);
        return engine.latest({ releaseName, namespace });
      });
    if (release === undefined) throw failure ?? refuse('release: not found');
    context.out(printRelease(release, format, { hideNotes: flags['hide-notes'] }));
    if (flags.logs) {
      context.out('\n');
      for (const hook of release.hooks.filter(({ events }) => events.includes('test'))) {
        const path = `/api/v1/namespaces/${namespace}/pods/${hook.name}/log`;
        const text = await kube.raw('GET', path).catch((thrown: unknown) => {
          throw refuse(`unable to get pod logs for ${hook.name}: ${messageOf(thrown)}`);
        });
        context.out(`POD LOGS: ${hook.name}\n${text}\n`);
      }
    }
    if (failure !== undefined) throw failure;
  },
});
