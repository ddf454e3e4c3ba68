/** Selectors of labels and annotations, which are asked again and again in a build. */
import { parseLabelSelector } from '../objects/mod.ts';
import type { LabelSelector } from '../objects/mod.ts';
import { Fault } from '../runtime/mod.ts';
import { failure } from './errors.ts';

const parsed = new Map<string, LabelSelector>();

/** @throws KustomizeError for what is no selector */
export function matchesLabels(selector: string, labels: ReadonlyMap<string, string>): boolean {
  if (selector === '') return true;
  let test = parsed.get(selector);
  if (test === undefined) {
    test = parse(selector);
    if (parsed.size < 1000) parsed.set(selector, test);
  }
  return test(labels);
}

function parse(selector: string): LabelSelector {
  try {
    return parseLabelSelector(selector);
  } catch (thrown) {
    throw thrown instanceof Fault ? failure(thrown.message) : thrown;
  }
}
