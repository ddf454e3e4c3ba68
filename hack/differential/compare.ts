/** Cases on which the two engines do not say the same. */
import { joinLooseBytes } from '../../lib/helm/values/mod.ts';
import { generateCases } from './generate.ts';
import type { Case } from './generate.ts';
import type { Answer, Oracle } from './oracle.ts';
import { answerOurs } from './ours.ts';

export interface Difference extends Case {
  helm: Answer;
  ours: Answer;
}

const batch = 4000;

/** What came of a comparison, in cases. */
export interface Totals {
  compared: number;
  equal: number;
  /** By the name of the reason, as in `excuses`. */
  excused: Map<string, number>;
}

/** @param report called for each difference as it is found */
export async function compareCases(
  oracle: Oracle,
  seed: number,
  count: number,
  report: (difference: Difference) => void,
): Promise<Totals> {
  const totals: Totals = { compared: 0, equal: 0, excused: new Map() };
  for (let first = 0; first < count; first += batch) {
    const cases = [...generateCases(seed + first, Math.min(batch, count - first))];
    const answers = await oracle.ask(cases);
    for (const [at, one] of cases.entries()) {
      const helm = answers[at] ?? {};
      if (helm.late === true) continue;
      const ours = answerOurs(one, oracle.goVersion);
      totals.compared += 1;
      if (isSame(helm, ours)) {
        totals.equal += 1;
        continue;
      }
      const difference = { ...one, helm, ours };
      const excuse = excuseFor(difference) ?? (await excuseOfChance(oracle, difference));
      if (excuse === undefined) report(difference);
      else totals.excused.set(excuse, (totals.excused.get(excuse) ?? 0) + 1);
    }
  }
  return totals;
}

const isSame = (helm: Answer, ours: Answer): boolean =>
  same(helm.output, ours.output) && same(helm.error, ours.error);

/** Go goes through a map in another order each time: which entry is complained of first is chance. */
async function excuseOfChance(
  oracle: Oracle,
  { template, values, ours }: Difference,
): Promise<string | undefined> {
  const again = await oracle.ask(Array.from({ length: 60 }, () => ({ template, values })));
  return again.some((helm) => isSame(helm, ours)) ? 'Helm says one or the other' : undefined;
}

function same(a: string | undefined, b: string | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && joinLooseBytes(a) === joinLooseBytes(b));
}

const badKey = /unsupported map key of type|unsupported value/;

/** Reasons that docs/reference/helm-engine.md gives. */
const excuses: Readonly<Record<string, (difference: Difference) => boolean>> = {
  'capacity of a slice': ({ helm, ours }) =>
    ours.error?.includes('slice index out of bounds') === true && helm.error !== ours.error,
  'order of the keys that JSON cannot hold': ({ helm, ours }) =>
    badKey.test(`${helm.error}${helm.output}`) && badKey.test(`${ours.error}${ours.output}`),
  'place of a time': ({ template }) => /toDate/.test(template) && /printf/.test(template),
  'address of a version': ({ template }) => /semver /.test(template) && /printf/.test(template),
};

const excuseFor = (difference: Difference): string | undefined =>
  Object.keys(excuses).find((name) => excuses[name]?.(difference) === true);
