/** Label selectors: `matchLabels` and `matchExpressions`. Pure. */
import { Fields } from '../runtime/mod.ts';
import { stalling } from './failure.ts';

export type Selector = (labels: Readonly<Record<string, string>>) => boolean;

const invalid = (why: string) =>
  stalling('InvalidPolicySelector', `failed to parse policy selector: ${why}`);

/** @throws ImageFailure `InvalidPolicySelector` */
export function readSelector(value: unknown): Selector {
  const selector = new Fields(value);
  const exact = Object.entries(selector.textMap('matchLabels'));
  const terms = selector.each('matchExpressions').map(readTerm);
  return (labels) =>
    exact.every(([key, text]) => labels[key] === text) && terms.every((term) => term(labels));
}

function readTerm(term: Fields): Selector {
  const key = term.text('key') ?? '';
  const operator = term.text('operator') ?? '';
  const values = term.texts('values');
  const isOneOf = (labels: Readonly<Record<string, string>>) => {
    const label = labels[key];
    return label !== undefined && values.includes(label);
  };
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0)
        throw invalid(
          `values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty`,
        );
      return operator === 'In' ? isOneOf : (labels) => !isOneOf(labels);
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0)
        throw invalid(
          'values: Invalid value: values set must be empty for exists and does not exist',
        );
      return (labels) => (labels[key] !== undefined) === (operator === 'Exists');
    default:
      throw invalid(`"${operator}" is not a valid label selector operator`);
  }
}
