/** Whether a delivery proves to come from whom its Receiver expects (spec §5.4). */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { isRecord, messageOf } from '../../lib/runtime/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { readCdEvent } from './cd-event.ts';
import { notGenuine } from './errors.ts';
import { bearerOf } from './id-token.ts';
import type { Claims, IdTokens } from './id-token.ts';
import { judgeClaims } from './oidc-provider.ts';

export interface Delivery {
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
}

export interface Genuine {
  /** What filters of resources see as `req`, where that is not the body. */
  body?: Buffer;
  /** Of the token of a `generic-oidc` Receiver. */
  claims?: Claims;
}

export interface GenuineOptions {
  spec: Fields;
  /** The Secret of `secretRef`, decoded; absent for `generic-oidc` alone. */
  secret: ReadonlyMap<string, string> | undefined;
  idTokens: IdTokens;
}

/** @throws NotificationError `NotGenuine` */
export async function checkDelivery(
  delivery: Delivery,
  { spec, secret, idTokens }: GenuineOptions,
): Promise<Genuine> {
  const { body } = delivery;
  const header = (name: string) => headerOf(delivery, name);
  const token = secret?.get('token') ?? '';
  if (secret !== undefined && !secret.has('token'))
    throw notGenuine("invalid secret data: required field 'token'");
  switch (spec.text('type')) {
    case 'generic':
      return {};
    case 'generic-oidc':
      return { claims: await judgeClaims(spec, header('authorization'), idTokens) };
    case 'generic-hmac':
      checkSignature(header('x-signature'), body, token, 'unable to validate HMAC signature');
      return {};
    case 'github':
      return hubPayload(delivery, spec, token, 'x-github-event', 'GitHub');
    case 'bitbucket':
      return hubPayload(delivery, spec, token, 'x-event-key', 'Bitbucket server');
    case 'gitlab':
      if (!isEqual(header('x-gitlab-token'), token))
        throw notGenuine('the X-Gitlab-Token header value does not match the receiver token');
      checkEvent(spec, header('x-gitlab-event'), 'GitLab event');
      return {};
    case 'harbor':
      if (!isEqual(header('authorization'), token))
        throw notGenuine('the Harbor Authorization header value does not match the receiver token');
      return {};
    case 'cdevents':
      readCdEvent(body);
      checkEvent(spec, header('ce-type'), 'CDEvent');
      return {};
    case 'dockerhub':
      readPayload(body, 'DockerHub', { 'push_data.tag': 'text', 'repository.repo_url': 'text' });
      return {};
    case 'quay':
      readPayload(body, 'Quay', { docker_url: 'text', updated_tags: 'texts' });
      return {};
    case 'acr':
      readPayload(body, 'ACR', {
        action: 'text',
        'target.repository': 'text',
        'target.tag': 'text',
      });
      return {};
    case 'nexus': {
      const signature = header('x-nexus-webhook-signature');
      if (signature === '') throw notGenuine('the Nexus signature is missing from header');
      if (!isEqual(signature, createHmac('sha1', token).update(body).digest('hex')))
        throw notGenuine('invalid Nexus signature');
      readPayload(body, 'Nexus', { action: 'text', repositoryName: 'text' });
      return {};
    }
    case 'gcr':
      return gcrPayload(delivery, secret, idTokens);
    default:
      throw notGenuine(`recevier type "${spec.text('type') ?? ''}" not supported`);
  }
}

const headerOf = ({ headers }: Delivery, name: string): string => {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? '';
};

/** In a time that tells nothing of where they differ. */
function isEqual(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

const algorithms: ReadonlySet<string> = new Set(['sha1', 'sha256', 'sha512']);

/** `sha256=HEX` of the body. @throws NotificationError `NotGenuine` */
function checkSignature(signature: string, body: Buffer, token: string, what: string): void {
  const failed = (why: string) => notGenuine(`${what}: ${why}`);
  if (signature === '') throw failed('missing signature');
  const [algorithm = '', hex, ...rest] = signature.split('=');
  if (hex === undefined || rest.length > 0) throw failed(`error parsing signature "${signature}"`);
  if (!algorithms.has(algorithm)) throw failed(`unknown hash type prefix: "${algorithm}"`);
  if (!/^([0-9a-f]{2})*$/i.test(hex)) throw failed(`error decoding signature "${signature}"`);
  if (!isEqual(hex.toLowerCase(), createHmac(algorithm, token).update(body).digest('hex')))
    throw failed('payload signature check failed');
}

/** Of GitHub, Gitea and Bitbucket Server: JSON, or JSON in a form. */
function hubPayload(
  delivery: Delivery,
  spec: Fields,
  token: string,
  eventHeader: string,
  who: string,
): Genuine {
  const { body } = delivery;
  const what = `the ${who} signature header is invalid, err`;
  const [type] = headerOf(delivery, 'content-type').toLowerCase().split(';');
  const isForm = type?.trim() === 'application/x-www-form-urlencoded';
  if (!isForm && type?.trim() !== 'application/json')
    throw notGenuine(
      `${what}: webhook request has unsupported Content-Type "${headerOf(delivery, 'content-type')}"`,
    );
  const signature =
    headerOf(delivery, 'x-hub-signature-256') || headerOf(delivery, 'x-hub-signature');
  // An empty token asks for no signature, as it does in the original; one that is there has to be right.
  if (token !== '' || signature !== '') checkSignature(signature, body, token, what);
  checkEvent(spec, headerOf(delivery, eventHeader), `${who} event`);
  if (!isForm) return {};
  const form = body.toString('utf8');
  if (/;|%(?![0-9a-f]{2})/i.test(form)) throw notGenuine(`${what}: the body is no form`);
  const payload = new URLSearchParams(form).get('payload') ?? '';
  return { body: Buffer.from(payload) };
}

function checkEvent(spec: Fields, event: string, what: string): void {
  const allowed = spec.texts('events');
  if (allowed.length === 0) return;
  if (!allowed.some((each) => each.toLowerCase() === event.toLowerCase()))
    throw notGenuine(
      what === 'CDEvent'
        ? `the CDEvent "${event}" is not authorised`
        : `the ${what} "${event}" is not authorised`,
    );
}

/** Senders that sign nothing: what they send must at least have their form. */
function readPayload(
  body: Buffer,
  who: string,
  wanted: Readonly<Record<string, 'text' | 'texts'>>,
): void {
  const value = readJson(body, `cannot decode ${who} webhook payload`);
  const wrong = (path: string) =>
    notGenuine(`cannot decode ${who} webhook payload: ${path} has another type`);
  if (value !== null && !isRecord(value)) throw wrong('it');
  for (const [path, type] of Object.entries(wanted)) {
    let at: unknown = value ?? undefined;
    for (const step of path.split('.')) {
      if (at === undefined || at === null) break;
      if (!isRecord(at)) throw wrong(path);
      at = at[step];
    }
    if (at === undefined || at === null) continue;
    const isText = (each: unknown) => typeof each === 'string';
    const isItem = (each: unknown) => each === null || isText(each);
    const fits = type === 'text' ? isText(at) : Array.isArray(at) && at.every(isItem);
    if (!fits) throw wrong(path);
  }
}

function readJson(body: Buffer, what: string): unknown {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return value;
  } catch (cause) {
    throw notGenuine(`${what}: ${messageOf(cause)}`, cause);
  }
}

const googleIssuers = ['accounts.google.com', 'https://accounts.google.com'];

/** A push of Google Pub/Sub: a token of Google's, and the event in an envelope. */
async function gcrPayload(
  delivery: Delivery,
  secret: ReadonlyMap<string, string> | undefined,
  idTokens: IdTokens,
): Promise<Genuine> {
  if (secret === undefined) throw notGenuine('secretRef is required for GCR receivers');
  const [email, audience] = [secret.get('email') ?? '', secret.get('audience') ?? ''];
  if (email === '')
    throw notGenuine("invalid secret data: required field 'email' for GCR receiver");
  if (audience === '')
    throw notGenuine("invalid secret data: required field 'audience' for GCR receiver");
  const failed = (why: string, cause?: unknown) =>
    notGenuine(`cannot authenticate GCR request: ${why}`, cause);
  let claims: Fields;
  try {
    const token = bearerOf(headerOf(delivery, 'authorization'));
    claims = new Fields(await idTokens.ofGoogle(token, audience));
  } catch (cause) {
    throw failed(messageOf(cause), cause);
  }
  const issuer = claims.text('iss') ?? '';
  if (!googleIssuers.includes(issuer))
    throw failed(
      `token issuer is '${issuer}', want 'accounts.google.com' or 'https://accounts.google.com'`,
    );
  const found = claims.text('email') ?? '';
  if (found !== email) throw failed(`token email is '${found}', want '${email}'`);
  if (claims.flag('email_verified') !== true)
    throw failed(`token email '${found}' is not verified`);
  const envelope = new Fields(readJson(delivery.body, 'cannot decode GCR webhook payload'));
  const data = Buffer.from(envelope.at('message').text('data') ?? '', 'base64');
  const event = new Fields(readJson(data, 'cannot decode GCR webhook body'));
  const [action, digest, tag] = ['action', 'digest', 'tag'].map((key) => event.text(key) ?? '');
  return { body: Buffer.from(JSON.stringify({ action, digest, tag })) };
}
