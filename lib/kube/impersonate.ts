import type { KubeConnection } from './connection.ts';

/** A connection whose requests count as another user's; ours has to have the right to `impersonate` it. */
export function impersonate(connection: KubeConnection, user: string): KubeConnection {
  return {
    ...connection,
    headers: async () => ({ ...(await connection.headers()), 'impersonate-user': user }),
  };
}

/** The user name of a service account; the server knows its groups by itself. */
export const serviceAccountUser = (namespace: string, name: string): string =>
  `system:serviceaccount:${namespace}:${name}`;
