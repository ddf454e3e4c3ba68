import { expect, test } from 'vitest';
import { KubeError } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { memoryLogger } from '../../lib/runtime/mod.ts';
import { createKeychains } from './keychain.ts';

const host = 'registry.example.com';
const workload: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'app', namespace: 'shop' },
  spec: { template: { spec: { imagePullSecrets: [{ name: 'pull' }] } } },
};
const pullSecret = (password: string): KubeObject => {
  const config = { auths: { [host]: { username: 'robot', password } } };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'pull', namespace: 'shop' },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from(JSON.stringify(config)).toString('base64') },
  };
};

/** A cluster of one Secret at most, and a clock, both moved by hand. */
function setUp() {
  const state = { secret: undefined as KubeObject | Error | undefined, now: 0, reads: 0 };
  const log = memoryLogger();
  const keychains = createKeychains({
    kube: {
      get: (ref) => {
        if (ref.kind !== 'Secret') return Promise.resolve(undefined);
        state.reads += 1;
        return state.secret instanceof Error
          ? Promise.reject(state.secret)
          : Promise.resolve(state.secret as never);
      },
    },
    clock: { now: () => new Date(state.now), sleep: () => Promise.resolve() },
    log,
    dockerConfig: () => Promise.resolve(undefined),
    cloud: { ecr: () => Promise.resolve(undefined), platform: () => Promise.resolve(undefined) },
  });
  return { state, log, ask: () => keychains(workload)(host) };
}

test('a pull secret is read once in ten minutes, then again', async () => {
  const { state, ask } = setUp();
  state.secret = pullSecret('first');
  expect([await ask(), await ask()]).toMatchObject([{ password: 'first' }, { password: 'first' }]);
  expect(state.reads).toBe(1);
  state.secret = pullSecret('second');
  state.now = 10 * 60_000 + 1;
  expect(await ask()).toMatchObject({ password: 'second' });
});

test.each([
  ['is missing', undefined, { warning: 'pull secret is missing or of another type' }],
  [
    'cannot be read',
    new KubeError('ServerError', 'secret', 'etcd is away'),
    { info: 'image pull secrets cannot be read', err: 'etcd is away' },
  ],
])('a pull secret that %s is looked for at the next question', async (_, first, said) => {
  const { state, log, ask } = setUp();
  state.secret = first;
  expect(await ask()).toBeUndefined();
  expect(log.records).toMatchObject([said]);
  state.secret = pullSecret('there');
  expect(await ask()).toMatchObject({ password: 'there' });
});
