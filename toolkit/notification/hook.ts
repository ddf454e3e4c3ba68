/** One delivery to a Receiver: whose it is, whether it is genuine, which objects are asked to look again. */
import type { KubeClient } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { isRecord, messageOf } from '../../lib/runtime/mod.ts';
import type { Clock, Logger } from '../../lib/runtime/mod.ts';
import { compileExpression, Fields, requestedAtKey } from '../runtime/mod.ts';
import type { Collection } from '../runtime/mod.ts';
import { checkDelivery } from './genuine.ts';
import type { Delivery, Genuine } from './genuine.ts';
import type { IdTokens } from './id-token.ts';
import { filterVariables } from './receiver.ts';

export interface HookOptions {
  kube: Pick<KubeClient, 'get' | 'list' | 'listMetadata' | 'patch'>;
  receivers: Pick<Collection, 'list'>;
  idTokens: IdTokens;
  clock: Clock;
  log: Logger;
  crossNamespace: boolean;
}

/** HTTP status of the answer: nothing is said of why. */
export type HookStatus = 200 | 400 | 404 | 500 | 503;

/** Kinds whose `apiVersion` may be left out. */
const versionOf: Readonly<Record<string, string>> = {
  Bucket: 'source.toolkit.fluxcd.io/v1',
  HelmChart: 'source.toolkit.fluxcd.io/v1',
  HelmRepository: 'source.toolkit.fluxcd.io/v1',
  GitRepository: 'source.toolkit.fluxcd.io/v1',
  OCIRepository: 'source.toolkit.fluxcd.io/v1',
  ImageRepository: 'image.toolkit.fluxcd.io/v1',
  ArtifactGenerator: 'source.extensions.fluxcd.io/v1beta1',
};

export async function takeDelivery(
  options: HookOptions,
  path: string,
  delivery: Delivery,
): Promise<HookStatus> {
  const receiver = options.receivers
    .list()
    .find((each) => new Fields(each['status']).text('webhookPath') === path);
  if (receiver === undefined) return 404;
  const { namespace = '', name = '' } = receiver.metadata;
  const log = options.log.with({ receiver: `${namespace}/${name}` });
  const spec = new Fields(receiver['spec']);
  const isReady = new Fields(receiver['status'])
    .each('conditions')
    .some((each) => each.text('type') === 'Ready' && each.text('status') === 'True');
  if (spec.flag('suspend') === true || !isReady) {
    log.log({ info: 'webhook of a receiver that is suspended or not ready' });
    return 503;
  }
  let genuine: Genuine;
  try {
    const secret = await readSecret(options, namespace, spec.at('secretRef').text('name'));
    genuine = await checkDelivery(delivery, { spec, secret, idTokens: options.idTokens });
  } catch (thrown) {
    log.log({ info: 'webhook refused', why: messageOf(thrown) });
    return 400;
  }
  let accepts: Filter[];
  try {
    accepts = filtersOf(spec, delivery, genuine);
  } catch (thrown) {
    log.log({ info: 'webhook not understood', why: messageOf(thrown) });
    return 500;
  }
  let hasFailed = false;
  for (const [at, resource] of spec.each('resources').entries()) {
    try {
      await requestLook(options, namespace, resource, accepts[at] ?? (() => true), log);
    } catch (thrown) {
      log.log({ warning: 'unable to request reconciliation', why: messageOf(thrown) });
      hasFailed = true;
    }
  }
  return hasFailed ? 500 : 200;
}

async function readSecret(
  { kube }: HookOptions,
  namespace: string,
  name: string | undefined,
): Promise<ReadonlyMap<string, string> | undefined> {
  if (name === undefined) return undefined;
  const secret = await kube.get({ apiVersion: 'v1', kind: 'Secret', namespace, name });
  if (secret === undefined) throw new Error(`unable to read secret, error: "${name}" not found`);
  return new Map(
    Object.entries(new Fields(secret).textMap('data')).map(([key, text]) => [
      key,
      Buffer.from(text, 'base64').toString('utf8'),
    ]),
  );
}

type Filter = (object: KubeObject) => boolean;

/** One for each resource: the receiver's and the resource's own must both accept. */
function filtersOf(spec: Fields, delivery: Delivery, genuine: Genuine): Filter[] {
  const texts = spec
    .each('resources')
    .map((each) =>
      [spec.text('resourceFilter'), each.text('filter')].flatMap((text) => text ?? []),
    );
  if (texts.every((each) => each.length === 0)) return [];
  const variables = { req: requestOf(delivery, genuine), claims: genuine.claims ?? {} };
  const names = filterVariables(spec);
  return texts.map((each) => {
    const expressions = each.map((text) => compileExpression(text, names, 'bool'));
    return ({ apiVersion, kind, metadata }) =>
      expressions.every((accept) => accept({ ...variables, res: { apiVersion, kind, metadata } }));
  });
}

/** The body as filters see it; of what is no JSON nothing. */
function requestOf({ headers, body }: Delivery, genuine: Genuine): Record<string, unknown> {
  const type = String(headers['content-type'] ?? '');
  const isJson = type
    .split(',')
    .some((each) => each.split(';')[0]?.trim().toLowerCase() === 'application/json');
  if (!isJson) return {};
  const value: unknown = JSON.parse((genuine.body ?? body).toString('utf8'));
  if (value === null) return {};
  if (!isRecord(value)) throw new Error('failed to parse request body as JSON: it is no object');
  return value;
}

async function requestLook(
  options: HookOptions,
  ownNamespace: string,
  resource: Fields,
  accepts: Filter,
  log: Logger,
): Promise<void> {
  const { kube, crossNamespace } = options;
  const kind = resource.text('kind') ?? '';
  const name = resource.text('name') ?? '';
  const namespace = resource.text('namespace') ?? ownNamespace;
  if (namespace !== ownNamespace && !crossNamespace)
    throw new Error('cross-namespace references are not allowed');
  const apiVersion = resource.text('apiVersion') ?? versionOf[kind];
  if (apiVersion === undefined) throw new Error(`apiVersion must be specified for kind "${kind}"`);
  if (name !== '*') {
    const found = await kube.get({ apiVersion, kind, namespace, name });
    if (found === undefined) throw new Error(`unable to read ${kind} "${namespace}/${name}"`);
    if (accepts(found)) await annotate(options, found);
    return;
  }
  if (!resource.has('matchLabels'))
    throw new Error("matchLabels field not set when using wildcard '*' as name");
  const labelSelector = Object.entries(resource.textMap('matchLabels'))
    .map(([key, text]) => `${key}=${text}`)
    .join(',');
  const { items } = await kube.listMetadata({ apiVersion, kind, namespace }, { labelSelector });
  if (items.length === 0) log.log({ info: 'no resources have the labels', kind, labelSelector });
  // Lists of metadata alone say of another kind that they are.
  for (const item of items) {
    const object = { ...item, apiVersion, kind };
    if (accepts(object)) await annotate(options, object);
  }
}

async function annotate({ kube, clock }: HookOptions, object: KubeObject): Promise<void> {
  const { apiVersion, kind, metadata } = object;
  const { namespace, name = '' } = metadata;
  await kube.patch(
    { apiVersion, kind, namespace, name },
    'merge',
    { metadata: { annotations: { [requestedAtKey]: clock.now().toISOString() } } },
    { fieldManager: 'notification-controller' },
  );
}
