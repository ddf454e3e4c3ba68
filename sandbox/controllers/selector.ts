/** Label selectors: `matchLabels` and `matchExpressions`. */
import { labelsAt, objectsAt, textAt, textsAt } from './fields.ts';

type Labels = Readonly<Record<string, string>>;

export function matchesLabels(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

/** A `LabelSelector`; one without requirements matches everything. */
export function matchesSelector(labels: Labels, selector: unknown): boolean {
  if (!matchesLabels(labels, labelsAt(selector, 'matchLabels'))) return false;
  return objectsAt(selector, 'matchExpressions').every((each) => {
    const value = labels[textAt(each, 'key') ?? ''];
    const values = textsAt(each, 'values');
    switch (textAt(each, 'operator')) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      default:
        return false;
    }
  });
}
