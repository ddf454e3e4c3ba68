import { expect, test } from 'vitest';
import { sharedKey } from './azure-blob.ts';
import { providerLogin } from './cloud-login.ts';

const registryCredentials = (provider: string, host: string) =>
  host === 'gcr.io'
    ? Promise.resolve({ username: provider, password: 'p', origin: '' })
    : Promise.reject(new Error('no metadata'));

test('a registry by its provider; the name is quoted as the kind wants it', async () => {
  const login = (provider: string, url: string, quote = '') =>
    providerLogin({ registryCredentials }, { provider, url, insecure: false, quote });
  expect(await login('gcp', 'oci://gcr.io/charts')).toEqual({ username: 'gcp', password: 'p' });
  expect(await login('generic', 'oci://gcr.io/charts')).toBeUndefined();
  await expect(login('gcp', 'oci://eu.gcr.io/charts', "'")).rejects.toMatchObject({
    reason: 'AuthenticationFailed',
    message: "failed to get credential from 'gcp': no metadata",
  });
  await expect(login('other', 'oci://gcr.io/charts')).rejects.toMatchObject({ next: 'stall' });
});

test('a request to Azure Blob Storage is signed as azurite 3.35 takes it', () => {
  const url = new URL('https://me.blob.core.windows.net/files/a%20b?restype=container&comp=list');
  const key = Buffer.from('key').toString('base64');
  const date = 'Thu, 02 Jan 2020 03:04:05 GMT';
  expect(sharedKey('me', key, url, { 'x-ms-version': '2021-12-02', 'x-ms-date': date })).toBe(
    'SharedKey me:zjfnze9z2F91fpZpXtAvdYiI429vfoU7F44PWUHTP4Y=',
  );
});
