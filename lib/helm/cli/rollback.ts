/** `rollback` (helm 3.19 cmd/helm/rollback.go). */
import { command, refuse } from './context.ts';

export const rollback = command({
  usage: 'rollback <RELEASE> [REVISION]',
  help: 'Puts a release back to an earlier revision; without a number, or with 0, to the one before the newest.',
  args: { least: 1 },
  flags: [
    {
      name: 'cleanup-on-fail',
      type: 'bool',
      default: false,
      help: 'allow deletion of new resources created in this rollback when rollback fails',
    },
    {
      name: 'dry-run',
      type: 'bool',
      default: false,
      help: 'simulate a rollback',
    },
    {
      name: 'force',
      type: 'bool',
      default: false,
      help: 'force resource update through delete/recreate if needed',
    },
    {
      name: 'history-max',
      type: 'int',
      default: 10,
      env: 'HELM_MAX_HISTORY',
      help: 'limit the maximum number of revisions saved per release. Use 0 for no limit',
    },
    {
      name: 'no-hooks',
      type: 'bool',
      default: false,
      help: 'prevent hooks from running during rollback',
    },
    {
      name: 'recreate-pods',
      type: 'bool',
      default: false,
      help: 'performs pods restart for the resource if applicable',
    },
    {
      name: 'timeout',
      type: 'duration',
      default: 300_000,
      help: 'time to wait for any individual Kubernetes operation (like Jobs for hooks)',
    },
    {
      name: 'wait',
      type: 'bool',
      default: false,
      help: 'if set, will wait until all Pods, PVCs, Services, and minimum number of Pods of a Deployment, StatefulSet, or ReplicaSet are in a ready state before marking the release as successful. It will wait for as long as --timeout',
    },
    {
      name: 'wait-for-jobs',
      type: 'bool',
      default: false,
      help: 'if set and --wait enabled, will wait until all Jobs have been completed before marking the release as successful. It will wait for as long as --timeout',
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
      dryRun: flags['dry-run'],
      maxHistory: flags['history-max'],
      signal: context.signal,
    });
    context.out('Rollback was a success! Happy Helming!\n');
  },
});
