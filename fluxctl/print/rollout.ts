/** Follows workloads until they are ready or in trouble: `fluxctl release --watch` (spec flux-v1 §9.5). */
import type { ControllerStatus } from '../../lib/wire/mod.ts';
import type { CommandContext } from '../command.ts';
import { printTable } from './table.ts';

const everyMs = 2000;

export async function watchRollout(
  { client, clock, out, err }: Pick<CommandContext, 'client' | 'clock' | 'out' | 'err'>,
  ids: readonly string[],
  verbose: boolean,
): Promise<void> {
  err('Monitoring rollout ...\n');
  for (;;) {
    const workloads = await client.workloadsByIds(ids);
    for (const workload of workloads) {
      out(`${printRollout(workload, verbose)}\n`);
      const { Messages } = workload.Rollout;
      if (Messages === null) continue;
      err(`There was a problem releasing ${workload.ID}:\n`);
      for (const message of Messages) err(`${message}\n`);
      return;
    }
    if (workloads.every(({ Status }) => Status === 'ready')) {
      err('All workloads ready.\n');
      return;
    }
    await clock.sleep(everyMs);
  }
}

export function printRollout(
  { ID, Containers, Status, Rollout }: ControllerStatus,
  verbose: boolean,
): string {
  const { Updated, Desired, Outdated, Ready } = Rollout;
  const more = verbose ? ` (${Outdated} outdated, ${Ready} ready)` : '';
  const [first, ...others] = Containers;
  return printTable([
    ['WORKLOAD', 'CONTAINER', 'IMAGE', 'RELEASE', 'REPLICAS'],
    [ID, first?.Name ?? '', first?.Current.ID ?? '', Status, `${Updated}/${Desired}${more}`],
    ...others.map(({ Name, Current }) => ['', Name, Current.ID ?? '', '', '']),
  ]);
}
