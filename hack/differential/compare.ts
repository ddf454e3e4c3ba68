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

/** @param report called for each difference as it is found */
export async function compareCases(
  oracle: Oracle,
  seed: number,
  count: number,
  report: (difference: Difference) => void,
): Promise<{ equal: number; excused: number; compared: number }> {
  const totals = { equal: 0, excused: 0, compared: 0 };
  for (let first = 0; first < count; first += batch) {
    const cases = [...generateCases(seed + first, Math.min(batch, count - first))];
    const answers = await oracle.ask(cases);
    cases.forEach((one, at) => {
      const helm = answers[at] ?? {};
      if (helm.late === true) return;
      const ours = answerOurs(one, oracle.goVersion);
      totals.compared += 1;
      if (same(helm.output, ours.output) && same(helm.error, ours.error)) totals.equal += 1;
      else if (isExcused({ ...one, helm, ours })) totals.excused += 1;
      else report({ ...one, helm, ours });
    });
  }
  return totals;
}

function same(a: string | undefined, b: string | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return comparable(a) === comparable(b);
}

/** Addresses differ from run to run; only some values show them. */
function comparable(text: string): string {
  const joined = joinLooseBytes(text);
  if (!/Capabilities|436170|43 61 70|x:true/i.test(joined)) return joined;
  return joined.replaceAll(/[ +]*(?:0[xXbBoO])?[0-9a-fA-F]{7,}/g, '');
}

/** Differences with a reason that docs/reference/helm-engine.md gives. */
function isExcused({ template, helm, ours }: Difference): boolean {
  // Go lets a slice be taken up to its capacity, which depends on how the runtime grew it.
  if (ours.error?.includes('slice index out of bounds') === true && helm.error !== ours.error)
    return true;
  // Which of several keys that JSON cannot hold is named depends on the order of Go's maps.
  const badKey = /unsupported map key of type|unsupported value/;
  if (badKey.test(`${helm.error}${helm.output}`) && badKey.test(`${ours.error}${ours.output}`))
    return true;
  // JavaScript knows a later Unicode than Go: some characters print that Go escapes.
  if (/\\u0(88f|c5c|cdc)/.test(`${helm.output}`)) return true;
  // The words of xstrings, and copies of versions, whose fields Go cannot copy.
  if (/snakecase|kebabcase|deepCopy \(semver/i.test(template)) return true;
  // The inner fields of time.Time and semver.Version, and the name of a local zone that is UTC.
  return /toDate|now|dateModify|semver /i.test(template) && /printf/.test(template);
}
