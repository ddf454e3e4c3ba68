/** Secrets that a service account pulls images with. */
import type { KubeReader } from '../../lib/kube/mod.ts';
import { Fault } from '../../lib/runtime/mod.ts';
import { Fields } from './fields.ts';

/**
 * @returns names of Secrets in the account's namespace
 * @throws Fault `NotFound` for an account that is not there; KubeError
 */
export async function pullSecretsOf(
  kube: Pick<KubeReader, 'get'>,
  namespace: string,
  name: string,
): Promise<string[]> {
  const account = await kube.get({ apiVersion: 'v1', kind: 'ServiceAccount', namespace, name });
  if (account === undefined)
    throw new Fault('NotFound', 'retry', name, `serviceaccounts "${name}" not found`);
  return new Fields(account).each('imagePullSecrets').flatMap((each) => each.text('name') ?? []);
}
