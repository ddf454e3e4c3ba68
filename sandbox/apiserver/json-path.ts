/** The JSONPath of printer columns: fields, indexes, `[*]` and filters by equality. */

type Step = (values: unknown[]) => unknown[];

/** Compiles `.status.conditions[?(@.type=="Ready")].status`. An unreadable path finds nothing. */
export function jsonPath(text: string): (object: unknown) => unknown[] {
  const steps: Step[] = [];
  let rest = text.replace(/^\$/, '').replace(/^\{(.*)\}$/, '$1');
  while (rest !== '') {
    const field = /^\.([^.[\]]+)|^\['([^']*)'\]|^\["([^"]*)"\]/.exec(rest);
    const index = /^\[(\d+|\*)\]/.exec(rest);
    const filter = /^\[\?\(@\.([^=<>!\s]+)\s*==\s*(?:"([^"]*)"|'([^']*)')\s*\)\]/.exec(rest);
    const match = field ?? index ?? filter;
    if (match === null) return () => [];
    rest = rest.slice(match[0].length);
    if (field !== null) steps.push(fieldStep(field[1] ?? field[2] ?? field[3] ?? ''));
    else if (index !== null) steps.push(indexStep(index[1] ?? '*'));
    else if (filter !== null) steps.push(filterStep(filter[1] ?? '', filter[2] ?? filter[3] ?? ''));
  }
  return (object) => steps.reduce((values, step) => step(values), [object]);
}

const fieldStep =
  (name: string): Step =>
  (values) =>
    values.flatMap((value) => {
      const found = fieldOf(value, name);
      return found === undefined ? [] : [found];
    });

const indexStep =
  (index: string): Step =>
  (values) =>
    values.flatMap((value: unknown) => {
      if (!Array.isArray(value)) return [];
      return index === '*'
        ? (value as unknown[])
        : (value as unknown[]).slice(Number(index), Number(index) + 1);
    });

const filterStep =
  (path: string, want: string): Step =>
  (values) =>
    values.flatMap((value: unknown) => {
      if (!Array.isArray(value)) return [];
      return (value as unknown[]).filter(
        (item) => path.split('.').reduce<unknown>(fieldOf, item) === want,
      );
    });

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
