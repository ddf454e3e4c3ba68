import { describe, expect, test } from 'vitest';
import { readKubeconfig } from './kubeconfig.ts';

describe('readKubeconfig', () => {
  const text = (user: string, cluster = 'server: https://cluster:6443') => `
current-context: x
contexts: [{name: x, context: {cluster: c, user: u, namespace: apps}}]
clusters: [{name: c, cluster: {${cluster}}}]
users: [{name: u, user: {${user}}}]
`;
  test('a token', async () => {
    const connection = readKubeconfig(text('token: secret'), 'apps/far');
    expect(connection).toMatchObject({ server: 'https://cluster:6443', namespace: 'apps' });
    expect(await connection.headers()).toEqual({ authorization: 'Bearer secret' });
  });
  test.each([
    [text('exec: {command: rm}'), "users with 'exec' are refused"],
    [text('tokenFile: /etc/passwd'), 'references to files are refused: tokenFile'],
    [text('token: x', 'certificate-authority: /etc/ca, server: x'), 'references to files'],
    ['{token: [secret', 'it is no YAML'],
    ['{}', 'context "" does not exist'],
  ])('%s', (config, message) => {
    expect(() => readKubeconfig(config, 'apps/far')).toThrow(message);
    expect(() => readKubeconfig(config, 'apps/far')).not.toThrow('token: secret');
  });
});
