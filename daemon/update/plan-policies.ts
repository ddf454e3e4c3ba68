/** Changes of policies (spec flux-v1 §5.4, §7.3). */
import type { Cause, PolicyUpdate, UpdateResult } from '../../lib/wire/mod.ts';
import { parsePattern, patternAll } from '../../lib/policy/mod.ts';
import { Fault } from '../../lib/runtime/mod.ts';
import type { Workload } from '../automation/automate.ts';
import { policyTexts } from '../events/texts.ts';
import type { WorkloadEdit } from './edit.ts';
import type { UpdatePlan } from './plan.ts';

export function planPolicies(
  updates: Readonly<Record<string, PolicyUpdate>>,
  cause: Cause,
  workloads: readonly Workload[],
): UpdatePlan {
  const edits: WorkloadEdit[] = [];
  const result: UpdateResult = {};
  for (const [id, update] of Object.entries(updates)) {
    const workload = workloads.find((one) => one.id === id);
    if (workload === undefined) {
      result[id] = { Status: 'failed', Error: `resource ${id} not found` };
      continue;
    }
    const { add, remove } = expand(update, workload);
    const changes =
      Object.entries(add).some(([policy, value]) => workload.policies.get(policy) !== value) ||
      remove.some((policy) => workload.policies.has(policy));
    result[id] = { Status: changes ? 'success' : 'skipped' };
    if (changes) edits.push({ type: 'policy', workload, add, remove });
  }
  const texts = policyTexts(updates);
  const list = texts.map((text) => `- ${text}\n`).join('');
  const message =
    cause.Message !== ''
      ? `${cause.Message}\n\n${list}`
      : texts.length === 1
        ? `${texts[0] ?? ''}\n`
        : `Updated workload policies\n\n${list}`;
  return { edits, message, result };
}

/** `tag_all` stands for the filter of every container; the catch-all filter is written by having none. Removal beats addition. */
function expand(update: PolicyUpdate, workload: Workload) {
  const add: Record<string, string> = {};
  const remove = Object.keys(update.remove ?? {});
  const put = (policy: string, value: string) => {
    if (!policy.startsWith('tag.')) {
      add[policy] = value;
      return;
    }
    const pattern = parsePattern(value);
    if (!pattern.valid)
      throw new Fault(
        'InvalidPattern',
        'stall',
        workload.id,
        `invalid tag pattern: ${JSON.stringify(value)}`,
      );
    if (pattern.text === patternAll) remove.push(policy);
    else add[policy] = pattern.text;
  };
  const { tag_all: all, ...single } = update.add ?? {};
  if (all !== undefined) for (const { name } of workload.containers) put(`tag.${name}`, all);
  for (const [policy, value] of Object.entries(single)) put(policy, value);
  for (const policy of remove) delete add[policy];
  const sorted = Object.entries(add).sort(([a], [b]) => (a < b ? -1 : 1));
  return { add: Object.fromEntries(sorted), remove: [...new Set(remove)].sort() };
}
