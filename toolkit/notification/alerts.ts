/** Which alerts an event concerns (spec §5.2). Pure: what an object's labels are is asked for. */
import { compile } from './patterns.ts';
import { Fields } from '../runtime/mod.ts';
import type { FluxEvent } from '../runtime/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { describeObject } from './event.ts';

export interface AlertQuestions {
  /** Labels of the event's object. @throws when it cannot be read */
  labels(event: FluxEvent): Promise<Readonly<Record<string, string>>>;
  /** Tells what is wrong with an alert. */
  complain(alert: KubeObject, reason: string, message: string): void;
}

export async function concerns(
  alert: KubeObject,
  event: FluxEvent,
  questions: AlertQuestions,
): Promise<boolean> {
  const spec = new Fields(alert['spec']);
  if (spec.flag('suspend') === true) return false;
  if (!(await comesFromSource(alert, spec, event, questions))) return false;
  const matches = (list: string, what: string) =>
    spec.texts(list).some((text) => {
      const pattern = compile(text);
      if (pattern !== undefined) return pattern(event.message);
      questions.complain(alert, 'InvalidConfig', `failed to compile ${what} regex: ${text}`);
      return false;
    });
  if (spec.texts('inclusionList').length > 0 && !matches('inclusionList', 'inclusion'))
    return false;
  return !matches('exclusionList', 'exclusion');
}

async function comesFromSource(
  alert: KubeObject,
  spec: Fields,
  event: FluxEvent,
  { labels, complain }: AlertQuestions,
): Promise<boolean> {
  const { kind, namespace, name } = event.involvedObject;
  const severity = spec.text('eventSeverity') ?? 'info';
  if (severity !== 'info' && event.severity !== severity) return false;
  for (const source of spec.each('eventSources')) {
    const wanted = source.text('namespace') ?? alert.metadata.namespace;
    if (source.text('kind') !== kind || (wanted !== namespace && wanted !== '*')) continue;
    if (source.text('name') !== '*' && source.text('name') !== name) continue;
    if (!source.has('matchLabels')) return true;
    let found;
    try {
      found = await labels(event);
    } catch {
      complain(
        alert,
        'SourceFetchFailed',
        `error getting source object ${describeObject(event.involvedObject)}`,
      );
      continue;
    }
    if (Object.entries(source.textMap('matchLabels')).every(([key, text]) => found[key] === text))
      return true;
  }
  return false;
}
