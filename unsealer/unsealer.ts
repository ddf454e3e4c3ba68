/** The parts put together: keys, HTTP, the controller. */
import { createEventRecorder, createInformer, createWorkQueue } from '../lib/kube/mod.ts';
import type { Informer, KubeClient } from '../lib/kube/mod.ts';
import type { KubeObject } from '../lib/objects/mod.ts';
import { backoffMs, messageOf } from '../lib/runtime/mod.ts';
import type { Clock, Logger } from '../lib/runtime/mod.ts';
import type { Config } from './config.ts';
import { isControlledBy } from './controller/merge.ts';
import { reconcile } from './controller/reconcile.ts';
import { UnsealerError } from './errors.ts';
import { startHttp } from './http.ts';
import { createKeyring } from './keys/keyring.ts';
import { createRenewal } from './keys/renewal.ts';
import { keyLabel, readKey } from './keys/sealing-key.ts';
import { createRateLimit } from './rate-limit.ts';
import { createRenderer } from './seal/render.ts';
import { annotations } from './seal/scope.ts';
import { parseSealedSecret, sealedSecretKind } from './seal/sealed-secret.ts';
import { reseal, unseal } from './seal/unseal.ts';
import { publishService } from './service.ts';

export interface UnsealerOptions {
  config: Config;
  kube: KubeClient;
  clock: Clock;
  log: Logger;
  /** Where the keys are. */
  namespace: string;
  /** Called when it serves and unseals. */
  onReady?: (ready: { port: number; renew: () => Promise<void> }) => void;
}

const workers = 2;
const retryBackoff = { initialMs: 500, maxMs: 30_000 };

/** Unseals until the signal fires. @throws KubeError when the keys cannot be read or stored at start */
export async function runUnsealer(options: UnsealerOptions, signal: AbortSignal): Promise<void> {
  const failed = new AbortController();
  const running: Promise<void>[] = [];
  try {
    await serve(options, running, AbortSignal.any([signal, failed.signal]));
  } finally {
    failed.abort();
    await Promise.allSettled(running);
  }
}

/** @param running what goes on until the signal fires, also when this fails */
async function serve(
  options: UnsealerOptions,
  running: Promise<void>[],
  signal: AbortSignal,
): Promise<void> {
  const { config, kube, clock, log, namespace } = options;
  const keyring = createKeyring();
  const queue = createWorkQueue(clock);
  const failures = new Map<string, number>();
  const render = createRenderer(clock);
  const onError = (error: Error) => {
    log.log({ err: error.message });
  };
  const open = (object: KubeObject) =>
    unseal(object, {
      keys: keyring.privateKeys(),
      render,
      acceptOldData: config.acceptOldData,
    });

  const takeKey = (secret: KubeObject) => {
    try {
      keyring.put(readKey(secret));
      log.log({ info: 'registered private key', secretname: secret.metadata.name });
    } catch (thrown) {
      log.log({ err: messageOf(thrown), secretname: secret.metadata.name });
    }
  };
  const retryFailed = () => {
    for (const key of failures.keys()) {
      failures.set(key, 0);
      queue.add(key);
    }
  };
  const keys = createInformer({
    client: kube,
    clock,
    collection: { apiVersion: 'v1', kind: 'Secret', namespace },
    labelSelector: `${keyLabel}=active`,
    onChange: (_key, now, before) => {
      if (now === undefined) keyring.remove(before?.metadata.name ?? '');
      else {
        takeKey(now);
        retryFailed();
      }
    },
    onError,
  });
  const renewal = createRenewal({
    kube,
    clock,
    keyring,
    namespace,
    namePrefix: config.keyPrefix,
    key: { size: config.keySize, validForMs: config.keyTtlMs, commonName: config.commonName },
    labels: config.keyLabels,
    annotations: config.keyAnnotations,
    periodMs: config.renewPeriodMs,
    cutoff: config.cutoff,
    onKey: (key) => {
      log.log({ info: 'New key written', namespace, name: key.name });
    },
    onError,
  });

  const watched = config.allNamespaces ? {} : { namespace };
  const sealed: Informer<KubeObject> = createInformer({
    client: kube,
    clock,
    collection: { ...sealedSecretKind, ...watched },
    ...(config.labelSelector === '' ? {} : { labelSelector: config.labelSelector }),
    onChange: (key, now, before) => {
      if (now === undefined) failures.delete(key);
      else if (before === undefined || asksDifferently(now, before)) {
        failures.delete(key);
        queue.add(key);
      }
    },
    onError,
  });
  const secrets = createInformer({
    client: kube,
    clock,
    collection: { apiVersion: 'v1', kind: 'Secret', ...watched },
    metadataOnly: true,
    onChange: (key, now, before) => {
      const owner = sealed.get(key);
      if (now !== undefined || before === undefined || owner === undefined) return;
      const isManaged = before.metadata.annotations?.[annotations.managed] === 'true';
      if (isManaged || isControlledBy(before, owner.metadata.uid ?? '')) queue.add(key);
    },
    onError,
  });

  const events = createEventRecorder({ client: kube, clock, component: 'sealed-secrets', onError });
  const work = async (key: string) => {
    const object = sealed.get(key);
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return;
    const { updateStatus } = config;
    const failure = await reconcile(object, {
      kube,
      clock,
      events,
      unseal: open,
      updateStatus,
      signal,
    }).catch((thrown: unknown) => (thrown instanceof Error ? thrown : new Error(String(thrown))));
    if (failure === undefined) {
      failures.delete(key);
      log.log({ info: 'unsealed', 'sealed-secret': key });
      return;
    }
    if (signal.aborted) return;
    const count = (failures.get(key) ?? 0) + 1;
    failures.set(key, count);
    const isFinal =
      count > config.maxRetries ||
      (failure instanceof UnsealerError && failure.reason === 'Immutable');
    log.log({ err: failure.message, 'sealed-secret': key, retry: !isFinal });
    if (!isFinal) queue.addAfter(key, backoffMs(retryBackoff, count));
  };

  running.push(keys.run(signal));
  await orStopped(keys.synced(), signal);
  if (signal.aborted) return;
  await renewal.begin();
  const server = await startHttp({
    listen: config.listen,
    certificate: () => keyring.newest()?.certificate,
    verify: (content) => opens(open, parseSealedSecret(content)),
    rotate: (content) => {
      const object = parseSealedSecret(content);
      const newest = keyring.newest();
      if (newest === undefined) throw new UnsealerError('BadKey', 'keys', 'no sealing key');
      return JSON.stringify(reseal(object, keyring.privateKeys(), newest.publicKey));
    },
    limit: createRateLimit({
      perSecond: config.verifyPerSecond,
      burst: config.verifyBurst,
      clock,
    }),
    log,
  });
  try {
    if (config.advertise !== '') {
      const { serviceName: name, advertise: address } = config;
      await publishService({ kube, namespace, name, address, port: server.port });
    }
    running.push(renewal.run(signal), sealed.run(signal));
    if (config.recreate) running.push(secrets.run(signal));
    running.push(queue.run(workers, work, signal));
    options.onReady?.({ port: server.port, renew: renewal.renew });
    await Promise.all(running);
  } finally {
    await server.close();
  }
}

/** Status changes, ours among them, ask for nothing. */
function asksDifferently(now: KubeObject, before: KubeObject): boolean {
  const view = ({ spec, metadata }: KubeObject) =>
    JSON.stringify([metadata.uid, spec, metadata.annotations]);
  return view(now) !== view(before);
}

function opens(open: (object: KubeObject) => KubeObject, object: KubeObject): boolean {
  try {
    open(object);
    return true;
  } catch (thrown) {
    if (thrown instanceof UnsealerError && thrown.reason === 'UnsealFailed') return false;
    throw thrown;
  }
}

async function orStopped(wait: Promise<void>, signal: AbortSignal): Promise<void> {
  await Promise.race([
    wait,
    new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        resolve();
      });
    }),
  ]);
}
