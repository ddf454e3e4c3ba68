/** A Provider and its Secrets as settings of its type (spec §5.3). */
import { parse } from 'yaml';
import type { KubeReader } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { isRecord, messageOf } from '../../lib/runtime/mod.ts';
import { accountNeedsGate, compileExpression, Fields } from '../runtime/mod.ts';
import type { CloudIdentities, FluxEvent } from '../runtime/mod.ts';
import { invalidProvider } from './errors.ts';
import { setsCommitStatus } from './event.ts';
import type { Settings } from './providers/contract.ts';
import { eventJson } from './providers/text.ts';
import type { Tls } from './send.ts';

const longestAddress = 2048;

export interface ReadyProvider {
  type: string;
  settings: Settings;
  proxy: string | undefined;
  tls: Tls | undefined;
  timeoutMs: number;
  /** What must not be seen in messages. */
  token: string;
}

type Secret = ReadonlyMap<string, string>;

/** For what a Provider is read. */
export interface Occasion {
  alert: KubeObject;
  commitStatus: string;
  identities: CloudIdentities;
}

/** @throws NotificationError `InvalidProvider` */
export async function readProvider(
  kube: Pick<KubeReader, 'get'>,
  provider: KubeObject,
  { alert, commitStatus, identities }: Occasion,
): Promise<ReadyProvider> {
  const spec = new Fields(provider['spec']);
  const namespace = provider.metadata.namespace ?? '';
  const type = spec.text('type') ?? '';
  const secretOf = async (field: string): Promise<Secret | undefined> => {
    const name = spec.at(field).text('name');
    return name === undefined ? undefined : readSecret(kube, namespace, name);
  };
  const account = spec.text('serviceAccountName');
  const [main, proxySecret, certSecret] = await Promise.all([
    secretOf('secretRef'),
    secretOf('proxySecretRef'),
    secretOf('certSecretRef'),
  ]);
  const secret: Secret = main ?? new Map();
  const where = (field: string) => `${namespace}/${spec.at(field).text('name') ?? ''}`;
  const address = secret.get('address')?.trim() ?? spec.text('address') ?? '';
  if (address.length > longestAddress)
    throw invalidProvider(
      `invalid address in secret: address exceeds maximum length of ${longestAddress} bytes`,
    );
  const [username, password] = [secret.get('username'), secret.get('password')];
  const isPair = username !== undefined && password !== undefined;
  const uid = provider.metadata.uid ?? '';
  const tls =
    certSecret !== undefined
      ? tlsOf(certSecret, where('certSecretRef'))
      : setsCommitStatus(type) && hasTls(secret)
        ? tlsOf(secret, where('secretRef'))
        : undefined;
  const proxy =
    proxySecret === undefined
      ? (secret.get('proxy')?.trim() ?? spec.text('proxy'))
      : proxyOf(proxySecret, where('proxySecretRef'));
  // As the original tells it, which has this before Azure's tokens only.
  const prefix = type.startsWith('azure') ? 'failed to get token: ' : '';
  const cloud = identities.of({ namespace, account, proxy, prefix });
  return {
    type,
    token: secret.get('token')?.trim() ?? '',
    timeoutMs: spec.durationMs('timeout') ?? 15_000,
    proxy,
    tls,
    settings: {
      address,
      channel: spec.text('channel') ?? '',
      username: isPair ? username : (spec.text('username') ?? ''),
      password: isPair ? password : '',
      token: secret.get('token') ?? '',
      headers: headersOf(secret),
      secret,
      uid,
      commitStatus,
      alert: {
        namespace: alert.metadata.namespace ?? '',
        name: alert.metadata.name ?? '',
        uid: alert.metadata.uid ?? '',
      },
      cloud,
      now: () => cloud.clock.now(),
    },
  };
}

async function readSecret(
  kube: Pick<KubeReader, 'get'>,
  namespace: string,
  name: string,
): Promise<Secret> {
  const failed = (why: string, cause?: unknown) =>
    invalidProvider(`failed to get secret '${namespace}/${name}': ${why}`, cause);
  const found = await kube
    .get({ apiVersion: 'v1', kind: 'Secret', namespace, name })
    .catch((cause: unknown) => {
      throw failed(messageOf(cause), cause);
    });
  if (found === undefined) throw failed(`secrets "${name}" not found`);
  return new Map(
    Object.entries(new Fields(found).textMap('data')).map(([key, text]) => [
      key,
      Buffer.from(text, 'base64').toString('utf8'),
    ]),
  );
}

/** @throws NotificationError `InvalidProvider` */
export function headersOf(secret: Secret): Record<string, string> {
  const text = secret.get('headers');
  if (text === undefined) return {};
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw invalidProvider(`failed to read headers from secret: ${messageOf(cause)}`, cause);
  }
  if (value === null) return {};
  const isScalar = (each: unknown) =>
    each === null || ['string', 'number', 'boolean'].includes(typeof each);
  if (!isRecord(value) || !Object.values(value).every(isScalar))
    throw invalidProvider('failed to read headers from secret: not a map of texts');
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, each === null ? '' : String(each)]),
  );
}

function proxyOf(secret: Secret, where: string): string {
  const failed = (why: string, cause?: unknown) =>
    invalidProvider(`failed to get proxy URL: secret '${where}': ${why}`, cause);
  const address = secret.get('address');
  if (address === undefined) throw failed("key 'address' not found");
  if (address === '') throw failed('proxy address is empty');
  if (address.length > longestAddress)
    throw failed(`proxy URL exceeds maximum length of ${longestAddress} characters`);
  let url: URL;
  try {
    url = new URL(address);
  } catch (cause) {
    throw failed(`failed to parse proxy address '${address}'`, cause);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw failed(
      `proxy URL must use one of the supported schemes (http, https), got '${url.protocol.slice(0, -1)}'`,
    );
  const [username, password] = [secret.get('username'), secret.get('password')];
  if (username !== undefined) url.username = encodeURIComponent(username);
  if (username !== undefined && password !== undefined) url.password = encodeURIComponent(password);
  return url.href;
}

const tlsKeys = [
  ['ca', 'ca.crt', 'caFile'],
  ['cert', 'tls.crt', 'certFile'],
  ['key', 'tls.key', 'keyFile'],
] as const;

const hasTls = (secret: Secret): boolean =>
  tlsKeys.some(([, now, before]) => secret.has(now) || secret.has(before));

function tlsOf(secret: Secret, where: string): Tls {
  const tls: Tls = {};
  for (const [name, now, before] of tlsKeys) {
    const text = secret.get(now) ?? secret.get(before);
    if (text !== undefined && text !== '') tls[name] = text;
  }
  const failed = (why: string) =>
    invalidProvider(`failed to get TLS config: secret '${where}' ${why}`);
  if ((tls.cert === undefined) !== (tls.key === undefined))
    throw failed("must contain both 'tls.crt' and 'tls.key'");
  if (tls.cert === undefined && tls.ca === undefined)
    throw failed("must contain either 'ca.crt' or both 'tls.crt' and 'tls.key'");
  return tls;
}

/** @throws NotificationError `InvalidProvider` for a service account without its feature gate */
export function checkAccount(provider: KubeObject, identities: CloudIdentities): void {
  const account = new Fields(provider['spec']).text('serviceAccountName');
  if (account !== undefined && !identities.mayNameAccount) throw invalidProvider(accountNeedsGate);
}

/**
 * Under which name the state of a commit is set: the same for an object of a cluster, another for each cluster.
 *
 * @returns '' for types that set none
 * @throws NotificationError `InvalidProvider`
 */
export function commitStatusOf(provider: KubeObject, alert: KubeObject, event: FluxEvent): string {
  const spec = new Fields(provider['spec']);
  if (!setsCommitStatus(spec.text('type') ?? '')) return '';
  const { kind, name } = event.involvedObject;
  const uid = provider.metadata.uid ?? '';
  const expression = spec.text('commitStatusExpr');
  if (expression === undefined) return `${kind}/${name}/${uid.split('-')[0] ?? ''}`.toLowerCase();
  const failed = (why: string, cause?: unknown) =>
    invalidProvider(
      `failed to create commit status: failed to evaluate the spec.commitStatusExpr CEL expression for the event: ${why}`,
      cause,
    );
  let evaluate;
  try {
    evaluate = compileExpression(expression, ['event', 'alert', 'provider'], 'string');
  } catch (cause) {
    throw failed(`failed to compile expression: ${messageOf(cause)}`, cause);
  }
  let result: unknown;
  try {
    // As it is sent: what is empty is not there.
    result = evaluate({ event: eventJson(event), alert, provider });
  } catch (cause) {
    throw failed(messageOf(cause), cause);
  }
  if (typeof result !== 'string' || result === '') throw failed('commit status cannot be empty');
  return result;
}
