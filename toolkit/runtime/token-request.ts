/** Tokens of service accounts that the cluster issues (TokenRequest). */
import type { KubeClient } from '../../lib/kube/mod.ts';
import { Fields } from './fields.ts';

export interface AccountName {
  namespace: string;
  name: string;
}

export interface IssuedToken {
  token: string;
  /** Milliseconds since 1970. */
  endsAt: number;
}

/**
 * @param audiences none for the API server's own
 * @throws KubeError; Error for an answer without a token
 */
export async function issueToken(
  kube: Pick<KubeClient, 'raw'>,
  { namespace, name }: AccountName,
  audiences: readonly string[],
): Promise<IssuedToken> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences },
  };
  const answer: unknown = JSON.parse(await kube.raw('POST', path, { body }));
  const status = new Fields(answer).at('status');
  const [token, until] = [status.text('token'), status.text('expirationTimestamp')];
  if (token === undefined || until === undefined) throw new Error('the server gave no token');
  return { token, endsAt: Date.parse(until) };
}
