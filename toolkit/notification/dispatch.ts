/** What becomes of an event: alerts that want it, providers that send it. */
import type { KubeReader } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import type { Clock, Logger } from '../../lib/runtime/mod.ts';
import { Fields } from '../runtime/mod.ts';
import type { CloudIdentities, Collection, FluxEvent } from '../runtime/mod.ts';
import { concerns } from './alerts.ts';
import { invalidProvider } from './errors.ts';
import { cleaned, combined, describeObject, identityOf, isOfUse, withoutToken } from './event.ts';
import { checkAccount, commitStatusOf, readProvider } from './provider.ts';
import { recipients } from './providers/table.ts';
import { createRecent } from './recent.ts';
import { sending } from './send.ts';

export interface DispatcherOptions {
  kube: Pick<KubeReader, 'get'>;
  alerts: Pick<Collection, 'list' | 'synced'>;
  providers: Pick<Collection, 'get' | 'synced'>;
  clock: Clock;
  /** With clouds. */
  identities: CloudIdentities;
  log: Logger;
  /** Alerts may take events of other namespaces. */
  crossNamespace: boolean;
  /** How long the same event is not told again, in milliseconds. */
  quietMs: number;
  /** Tells what is wrong with an alert, as a Warning of Kubernetes. */
  complain: (
    alert: KubeObject,
    reason: string,
    message: string,
    annotations?: Readonly<Record<string, string>>,
  ) => void;
  signal: AbortSignal;
}

/** The same event is told again after `againAt`. */
export type Taken =
  { taken: true; sent: Promise<void>; againAt: Date } | { taken: false; againAt: Date };

export interface Dispatcher {
  /** Never throws; what goes wrong is told of the alert. `sent` settles when every provider has been tried. */
  take(event: FluxEvent): Taken;
}

const longestWaitMs = 30_000;

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const recent = createRecent(options.quietMs);
  return {
    take: (raw) => {
      const event = cleaned(raw);
      const now = options.clock.now();
      const seen = recent.seen(identityOf(event), now);
      if (seen !== undefined) return { taken: false, againAt: seen };
      const againAt = new Date(now.getTime() + options.quietMs);
      const sent = dispatch(options, withoutToken(event)).catch((thrown: unknown) => {
        options.log.log({ error: 'dispatching an event failed', err: messageOf(thrown) });
      });
      return { taken: true, sent, againAt };
    },
  };
}

async function dispatch(options: DispatcherOptions, event: FluxEvent): Promise<void> {
  const { kube, alerts, providers, clock, signal, complain } = options;
  // Events of the first moments wait for the alerts to be known; for ever, if nobody defines them.
  const known = Promise.all([alerts.synced(), providers.synced()]);
  await Promise.race([known, clock.sleep(longestWaitMs, signal)]);
  const { apiVersion, kind, namespace, name } = event.involvedObject;
  const questions = {
    complain,
    labels: async () => {
      const found = await kube.get({ apiVersion, kind, namespace, name });
      if (found === undefined) throw invalidProvider('the object is gone');
      return found.metadata.labels ?? {};
    },
  };
  await Promise.all(
    alerts.list().map(async (alert) => {
      if (await concerns(alert, event, questions)) await notify(options, event, alert);
    }),
  );
}

async function notify(
  options: DispatcherOptions,
  event: FluxEvent,
  alert: KubeObject,
): Promise<void> {
  const { kube, providers, clock, identities, log, crossNamespace, complain, signal } = options;
  const what = describeObject(event.involvedObject);
  const failed = (did: string, message: string) => {
    const text = `failed to ${did} notification for ${what}: ${message}`;
    log.log({
      info: text,
      alert: `${alert.metadata.namespace ?? ''}/${alert.metadata.name ?? ''}`,
    });
    complain(alert, 'NotificationDispatchFailed', text);
  };
  const spec = new Fields(alert['spec']);
  const namespace = alert.metadata.namespace ?? '';
  if (!crossNamespace && event.involvedObject.namespace !== namespace) {
    const who = `${namespace}/${alert.metadata.name ?? ''}`;
    return failed(
      'dispatch',
      `discarding event, access denied to cross-namespace sources: alert '${who}' can't process event from '${what}', cross-namespace references have been blocked`,
    );
  }
  const name = spec.at('providerRef').text('name') ?? '';
  const provider = providers.get(`${namespace}/${name}`);
  if (provider === undefined)
    return failed(
      'dispatch',
      `failed to read provider: Provider.notification.toolkit.fluxcd.io "${name}" not found`,
    );
  const given = new Fields(provider['spec']);
  if (given.flag('suspend') === true || !isOfUse(given.text('type') ?? '', event)) return;
  const { event: notification, conflicts } = combined(event, spec);
  if (Object.keys(conflicts).length > 0)
    complain(
      alert,
      'MetadataAppendFailed',
      'metadata key conflicts detected (please refer to the Alert API docs and Flux RFC 0008 for more information)',
      conflicts,
    );
  let commitStatus;
  try {
    checkAccount(provider, identities);
    commitStatus = commitStatusOf(provider, alert, notification);
  } catch (thrown) {
    return failed('dispatch', messageOf(thrown));
  }
  let ready;
  try {
    ready = await readProvider(kube, provider, { alert, commitStatus, identities });
  } catch (thrown) {
    return failed(
      'dispatch',
      `failed to initialize notifier for provider '${name}': ${messageOf(thrown)}`,
    );
  }
  const { type, settings, proxy, tls, timeoutMs, token } = ready;
  const recipient = recipients.get(type);
  const until = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  await sending({ clock, proxy, tls, signal: until }, async (send) => {
    let post;
    try {
      if (recipient === undefined) throw invalidProvider(`provider ${type} not supported`);
      post = recipient(settings, send);
    } catch (thrown) {
      const why = `failed to initialize notifier: ${messageOf(thrown)}`;
      return failed('dispatch', `failed to initialize notifier for provider '${name}': ${why}`);
    }
    try {
      await post(notification);
    } catch (thrown) {
      const by = speaksForItself.has(type) ? '' : 'postMessage failed: ';
      failed('send', masked(`${by}${messageOf(thrown)}`, token));
    }
  });
}

/** Types whose failures the original reports without saying that it was posting. */
const speaksForItself = new Set([
  'azuredevops',
  'azureeventhub',
  'bitbucket',
  'bitbucketserver',
  'datadog',
  'gitea',
  'giteapullrequestcomment',
  'github',
  'githubdispatch',
  'githubpullrequestcomment',
  'gitlab',
  'gitlabmergerequestcomment',
  'googlepubsub',
  'lark',
  'nats',
  'otel',
  'pagerduty',
  'sentry',
  'telegram',
  'zulip',
]);

/** Without the token, wherever it is. */
const masked = (text: string, token: string): string =>
  token === '' ? text : text.replaceAll(token, '*****');
