import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConnection } from './connection.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'connection'));
  await writeFile(path.join(folder, 'ca.crt'), 'an authority');
  await writeFile(path.join(folder, 'token'), 'a token\n');
  await writeFile(path.join(folder, 'namespace'), 'flux');
  await writeFile(
    path.join(folder, 'stub'),
    'apiVersion: v1\nkind: Config\nclusters: []\nusers: []\ncontexts:\n- {name: default, context: {cluster: "", user: "", namespace: apps}}\ncurrent-context: default\n',
  );
  await writeFile(
    path.join(folder, 'elsewhere'),
    'apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: "https://elsewhere"}}]\nusers: []\ncontexts: [{name: x, context: {cluster: c, namespace: there}}]\ncurrent-context: x\n',
  );
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const pod = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };

describe('in a pod', () => {
  test.each([
    { why: 'the service account', file: '', server: 'https://10.0.0.1:443', namespace: 'flux' },
    {
      why: 'a stub says the namespace',
      file: 'stub',
      server: 'https://10.0.0.1:443',
      namespace: 'apps',
    },
    {
      why: 'a file that is not there',
      file: 'gone',
      server: 'https://10.0.0.1:443',
      namespace: 'flux',
    },
    {
      why: 'a real kubeconfig',
      file: 'elsewhere',
      server: 'https://elsewhere',
      namespace: 'there',
    },
  ])('$why', async ({ file, server, namespace }) => {
    const env = file === '' ? pod : { ...pod, KUBECONFIG: path.join(folder, file) };
    const connection = await loadConnection({ env, serviceAccountFolder: folder });
    expect(connection).toMatchObject({ server, namespace });
    expect(connection.podNamespace).toBe(server.includes('elsewhere') ? undefined : 'flux');
    const headers = await connection.headers();
    expect(headers.authorization).toBe(server.includes('elsewhere') ? undefined : 'Bearer a token');
  });
});

test('outside of a pod a stub is refused, by its name', async () => {
  const file = path.join(folder, 'stub');
  await expect(loadConnection({ env: {}, path: file })).rejects.toThrow(file);
});
