/** Words that notifications are made of. Pure. */
import type { FluxEvent } from '../../runtime/mod.ts';

export const isError = ({ severity }: FluxEvent): boolean => severity === 'error';

/** `helmrelease/podinfo.default`. */
export const objectName = ({ involvedObject: { kind, name, namespace } }: FluxEvent): string =>
  `${kind.toLowerCase()}/${name}.${namespace}`;

/** Of a map, in the order of its keys. */
export const entriesOf = ({ metadata }: FluxEvent): [string, string][] =>
  Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));

/** `helmrelease/podinfo`. */
export const shortName = ({ involvedObject: { kind, name } }: FluxEvent): string =>
  `${kind}/${name}`.toLowerCase();

/** `ReconciliationSucceeded` as `reconciliation succeeded`. */
export const reasonWords = ({ reason }: FluxEvent): string =>
  splitCamelCase(reason).join(' ').toLowerCase();

/** Runs of lower case, upper case, digits and others; of `PDFLoader` the last capital belongs to the word that it begins. */
export function splitCamelCase(text: string): string[] {
  const runs = text.match(/\p{Ll}+|\p{Lu}+|\p{Nd}+|[^\p{Ll}\p{Lu}\p{Nd}]+/gu) ?? [];
  const words: string[] = [];
  let carried = '';
  for (const [at, run] of runs.entries()) {
    const next = runs[at + 1];
    let word = carried + run;
    carried = '';
    if (/^\p{Lu}/u.test(run) && next !== undefined && /^\p{Ll}/u.test(next)) {
      const letters = [...word];
      carried = letters.pop() ?? '';
      word = letters.join('');
    }
    if (word !== '') words.push(word);
  }
  return words;
}

/** Go's zero time for events without one. */
export const timeOf = ({ timestamp }: FluxEvent): string => timestamp || '0001-01-01T00:00:00Z';

/** The whole seconds since 1970 of the event's time. */
export const unixSeconds = (event: FluxEvent): number =>
  Math.floor(Date.parse(timeOf(event)) / 1000);

/** What generic hooks get: the event as it came, with the metadata that is left. */
export function eventJson(event: FluxEvent): Record<string, unknown> {
  const { involvedObject, severity, timestamp, message, reason } = event;
  const object = Object.fromEntries(
    Object.entries(involvedObject).filter(([, text]) => text !== ''),
  );
  const entries = entriesOf(event);
  return {
    involvedObject: object,
    severity,
    timestamp: timestamp === '' ? null : timestamp,
    message,
    reason,
    ...(entries.length === 0 ? {} : { metadata: Object.fromEntries(entries) }),
    reportingController: event.reportingController,
    ...(event.reportingInstance === '' ? {} : { reportingInstance: event.reportingInstance }),
  };
}

/** For recipients that render Markdown. */
export function markdown(event: FluxEvent): string {
  const { kind, namespace, name } = event.involvedObject;
  const lines = entriesOf(event)
    .filter(([key]) => key !== 'change_request')
    .map(([key, value]) => `* \`${key}\`: ${value}\n`)
    .join('');
  const emoji = isError(event) ? '⚠️' : 'ℹ️';
  return `## Flux Status\n\n${emoji} ${kind}/${namespace}/${name}\n\n${event.message}\n\nMetadata:\n${lines}`;
}
