import { expect, test } from 'vitest';
import type { CloudOptions } from '../../lib/cloud/mod.ts';
import { systemClock } from '../../lib/runtime/mod.ts';
import { createCloudIdentities, Fields } from '../runtime/mod.ts';
import { readImageName } from './image-name.ts';
import { withRegistry } from './registry-access.ts';

const host = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const encoded = (text: string) => Buffer.from(text).toString('base64');

/** Who asks for the credentials of an ImageRepository in ECR. */
async function askedBy(spec: Record<string, unknown>, mayNameAccount: boolean) {
  const kube = {
    get: <T>() => Promise.resolve({ data: { address: encoded('http://proxy:1') } } as T),
    raw: () => Promise.reject(new Error('not asked')),
  };
  const cloud = { clock: systemClock, env: {}, readFile: () => Promise.reject(new Error('none')) };
  const asked: (CloudOptions | undefined)[] = [];
  await withRegistry(
    {
      kube,
      clock: systemClock,
      identities: createCloudIdentities({ kube, cloud, mayNameAccount, defaultAccount: '' }),
      registryCredentials: (_provider, _host, _plainHttp, as) => {
        asked.push(as);
        return Promise.resolve({ username: 'u', password: 'p', origin: '' });
      },
    },
    'apps',
    new Fields({ provider: 'aws', image: `${host}/app`, ...spec }),
    readImageName(`${host}/app`),
    ({ keychain }) => keychain(host),
  );
  return asked.map((as) => ({ account: as?.account?.name, proxy: as?.proxy }));
}

test('the account is who asks, with the gate, and through the proxy', async () => {
  const named = { serviceAccountName: 'robot', proxySecretRef: { name: 'proxy' } };
  expect(await askedBy(named, true)).toEqual([
    { account: 'robot', proxy: expect.stringContaining('proxy:1') as unknown },
  ]);
  expect(await askedBy({}, true)).toEqual([{ account: undefined, proxy: undefined }]);
  await expect(askedBy(named, false)).rejects.toMatchObject({
    reason: 'FeatureGateDisabled',
    next: 'stall',
  });
});
