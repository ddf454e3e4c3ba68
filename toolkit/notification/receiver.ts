/** Receiver: a path that only those know who know a token (spec §5.4). Also Alert and Provider, which need nothing done. */
import { createHash } from 'node:crypto';
import type { KubeReader } from '../../lib/kube/mod.ts';
import { Fault, formatDuration, messageOf } from '../../lib/runtime/mod.ts';
import {
  compileExpression,
  Fields,
  markMisconfigured,
  referenceWatch,
  retrying,
  settled,
  stalled,
} from '../runtime/mod.ts';
import type { Caches, Draft, Kind, Outcome } from '../runtime/mod.ts';
import { compileProviders, problemOfSpec } from './oidc-provider.ts';

export const notificationController = 'notification-controller';
export const receiverVersion = 'notification.toolkit.fluxcd.io/v1';
export const alertVersion = 'notification.toolkit.fluxcd.io/v1beta3';

export interface ReceiverDependencies {
  kube: Pick<KubeReader, 'get'>;
  caches: Caches;
}

/** Alerts and Providers are read when there is an event; only finalizers of older versions are taken off. */
export const staticKinds: readonly Kind[] = ['Alert', 'Provider'].map((name) => ({
  name,
  apiVersion: alertVersion,
  controller: notificationController,
  isStatic: () => true,
  reconcile: () => Promise.resolve(stalled),
  remove: () => Promise.resolve(),
}));

export function receiverKind({ kube, caches }: ReceiverDependencies): Kind {
  const all = caches.collection({ apiVersion: receiverVersion, kind: 'Receiver' });
  const usersOf = all.index(({ metadata, spec }) => [
    `${metadata.namespace ?? ''}/${new Fields(spec).at('secretRef').text('name') ?? ''}`,
  ]);
  return {
    name: 'Receiver',
    apiVersion: receiverVersion,
    controller: notificationController,
    watches: [referenceWatch('Secret', usersOf)],
    reconcile: (draft) => reconcile(kube, draft),
    remove: () => Promise.resolve(),
  };
}

/** `/hook/` and SHA-256 of token, name and namespace, with nothing between them. */
export const hookPath = (token: string, name: string, namespace: string): string =>
  `/hook/${createHash('sha256').update(`${token}${name}${namespace}`).digest('hex')}`;

/** Variables that filters of a Receiver have. */
export const filterVariables = (spec: Fields): readonly string[] =>
  spec.text('type') === 'generic-oidc' ? ['res', 'req', 'claims'] : ['res', 'req'];

async function reconcile(kube: Pick<KubeReader, 'get'>, draft: Draft): Promise<Outcome> {
  const { spec, conditions, status, namespace, name } = draft;
  const problem = problemOf(spec);
  if (problem !== undefined) {
    const message = markMisconfigured(draft, problem);
    draft.tell({ severity: 'error', reason: problem.reason, message });
    return stalled;
  }
  conditions.markReconciling('Progressing', 'Reconciliation in progress');
  let token: string;
  try {
    token = await readToken(kube, namespace, spec.at('secretRef').text('name'));
  } catch (error) {
    const message = messageOf(error);
    conditions.markFalse('Ready', 'TokenNotFound', message);
    conditions.markReconciling('ProgressingWithRetry', 'Reconciliation in progress');
    delete status['webhookPath'];
    delete status['url'];
    draft.tell({ severity: 'error', reason: 'Failed', message });
    return retrying(error);
  }
  const path = hookPath(token, name, namespace);
  conditions.remove('Reconciling', 'Stalled');
  conditions.markTrue('Ready', 'Succeeded', `Receiver initialized for path: ${path}`);
  status['webhookPath'] = path;
  // Where clients of v1beta1 and v1beta2 look for it.
  status['url'] = path;
  const intervalMs = spec.durationMs('interval') ?? 600_000;
  draft.tell({
    severity: 'trace',
    reason: 'Succeeded',
    message: `Reconciliation finished, next run in ${formatDuration(intervalMs)}`,
  });
  return settled(intervalMs);
}

function problemOf(spec: Fields): { reason: string; message: string } | undefined {
  const invalid = (text: string, what: string) => {
    try {
      compileExpression(text, filterVariables(spec), 'bool');
      return undefined;
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      return { reason: thrown.reason, message: `${what}: ${thrown.message}` };
    }
  };
  const filter = spec.text('resourceFilter');
  if (filter !== undefined) {
    const found = invalid(filter, 'invalid resourceFilter expression');
    if (found !== undefined) return found;
  }
  for (const [at, resource] of spec.each('resources').entries()) {
    const text = resource.text('filter');
    if (text === undefined) continue;
    const [kind, name] = [resource.text('kind') ?? '', resource.text('name') ?? ''];
    const found = invalid(
      text,
      `invalid filter expression for resources[${at}] (kind="${kind}", name="${name}")`,
    );
    if (found !== undefined) return found;
  }
  const message = problemOfSpec(spec);
  if (message !== undefined) return { reason: 'ValidationFailed', message };
  try {
    compileProviders(spec);
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    return { reason: thrown.reason, message: thrown.message };
  }
  return undefined;
}

/** '' for receivers that have no Secret. */
async function readToken(
  kube: Pick<KubeReader, 'get'>,
  namespace: string,
  name: string | undefined,
): Promise<string> {
  if (name === undefined) return '';
  const fault = (message: string, cause?: unknown) =>
    new Fault('TokenNotFound', 'retry', `${namespace}/${name}`, message, { cause });
  const failed = (why: string, cause?: unknown) =>
    fault(`unable to read token from secret '${namespace}/${name}' error: ${why}`, cause);
  const secret = await kube
    .get({ apiVersion: 'v1', kind: 'Secret', namespace, name })
    .catch((cause: unknown) => {
      throw failed(messageOf(cause), cause);
    });
  if (secret === undefined) throw failed(`secrets "${name}" not found`);
  const token = new Fields(secret['data']).value['token'];
  if (typeof token !== 'string')
    throw fault(`invalid '${namespace}/${name}' secret data: required fields 'token'`);
  return Buffer.from(token, 'base64').toString('utf8');
}
