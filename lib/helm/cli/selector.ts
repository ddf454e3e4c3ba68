/** Label selectors as `--selector` takes them (k8s.io/apimachinery/pkg/labels). */
import { refuse } from './context.ts';

type Labels = Readonly<Record<string, string>>;

/** @throws HelmError for text that is no selector */
export function selectorOf(text: string): (labels: Labels) => boolean {
  const terms = text
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '')
    .map(termOf);
  return (labels) => terms.every((term) => term(labels));
}

function termOf(term: string): (labels: Labels) => boolean {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(term);
  if (set !== null) {
    const [, key = '', word, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    return word === 'in'
      ? (labels) => values.includes(labels[key] ?? '') && key in labels
      : (labels) => !(key in labels) || !values.includes(labels[key] ?? '');
  }
  const equal = /^([^=!\s]+)\s*(==|=|!=)\s*(\S*)$/.exec(term);
  if (equal !== null) {
    const [, key = '', sign, value] = equal;
    return sign === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const exists = /^(!?)\s*([^=!\s()]+)$/.exec(term);
  if (exists === null) throw refuse(`unable to parse requirement: found '${term}'`);
  const [, not, key = ''] = exists;
  return (labels) => key in labels !== (not === '!');
}
