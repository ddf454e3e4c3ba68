/** Makes the first key, and a new one when the newest is too old. Old keys stay: they go on unsealing. */
import type { KubeWriter } from '../../lib/kube/mod.ts';
import { asError, isAbort } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import type { Keyring } from './keyring.ts';
import { keyLabel, makeKey, readKey } from './sealing-key.ts';
import type { KeyOptions, SealingKey } from './sealing-key.ts';

export interface RenewalOptions {
  kube: KubeWriter;
  clock: Clock;
  keyring: Keyring;
  namespace: string;
  /** The Secrets' names are this and a random ending. */
  namePrefix: string;
  key: KeyOptions;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  /** 0: never by itself. */
  periodMs: number;
  /** A newest key from before this is replaced at start. */
  cutoff: Date | undefined;
  onKey: (key: SealingKey) => void;
  onError: (error: Error) => void;
}

export interface Renewal {
  /** Makes a key now. @throws KubeError */
  renew(): Promise<void>;
  /** Makes a key when none is there or the newest is older than the cutoff. @throws KubeError */
  begin(): Promise<void>;
  /** Renews until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
}

/** Timers hold 24 days at most, and a machine may sleep: the age is looked at this often. */
const longestPauseMs = 3_600_000;
const pauseAfterFailureMs = 60_000;

export function createRenewal(options: RenewalOptions): Renewal {
  const { clock, keyring, periodMs } = options;
  const renew = async () => {
    const material = await makeKey(clock.now(), options.key);
    const secret = await options.kube.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        namespace: options.namespace,
        generateName: options.namePrefix,
        labels: { ...options.labels, [keyLabel]: 'active' },
        annotations: { ...options.annotations },
      },
      type: 'kubernetes.io/tls',
      data: {
        'tls.crt': Buffer.from(material.certificate).toString('base64'),
        'tls.key': Buffer.from(material.privateKey).toString('base64'),
      },
    });
    // Used only once it is stored: a key that is lost would lose all that it sealed.
    const key = readKey(secret);
    keyring.put(key);
    options.onKey(key);
  };
  return {
    renew,
    begin: async () => {
      const newest = keyring.newest();
      const isOld =
        options.cutoff !== undefined && newest !== undefined && newest.notBefore < options.cutoff;
      if (newest === undefined || isOld) await renew();
    },
    run: async (signal) => {
      if (periodMs <= 0) return;
      while (!signal.aborted) {
        let pauseMs = dueInMs(keyring, clock.now(), periodMs);
        if (pauseMs <= 0) {
          try {
            await renew();
            continue;
          } catch (thrown) {
            options.onError(asError(thrown));
            pauseMs = pauseAfterFailureMs;
          }
        }
        try {
          await clock.sleep(Math.min(pauseMs, longestPauseMs), signal);
        } catch (thrown) {
          if (isAbort(thrown)) return;
          throw thrown;
        }
      }
    },
  };
}

/** Milliseconds until the newest key is a period old; certificates count whole seconds. */
function dueInMs(keyring: Keyring, now: Date, periodMs: number): number {
  const newest = keyring.newest();
  return newest === undefined ? 0 : newest.notBefore.getTime() + periodMs - now.getTime();
}
