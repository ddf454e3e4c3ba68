/** The service account that the process runs as. */
import { isRecord, messageOf } from '../../lib/runtime/mod.ts';
import { Fields } from './fields.ts';
import type { AccountName } from './token-request.ts';

/** Where a pod finds the token of its service account. */
const tokenFile = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * Whom the token in our pod is about: `system:serviceaccount:NAMESPACE:NAME`.
 *
 * @throws Error in the original's words, without the token
 */
export async function ownAccount(
  readFile: (path: string) => Promise<string>,
): Promise<AccountName> {
  let text: string;
  try {
    text = await readFile(tokenFile);
  } catch (cause) {
    const message = `failed to read service account token file ${tokenFile}: ${messageOf(cause)}`;
    throw new Error(message, { cause });
  }
  let subject: string | undefined;
  try {
    const claims: unknown = JSON.parse(
      Buffer.from(text.split('.')[1] ?? '', 'base64url').toString('utf8'),
    );
    subject = isRecord(claims) ? new Fields(claims).text('sub') : undefined;
  } catch {
    // What the parser says would quote a token.
    throw new Error('failed to parse service account token');
  }
  const [system, kind, namespace, name, ...rest] = (subject ?? '').split(':');
  const isAccount = system === 'system' && kind === 'serviceaccount' && rest.length === 0;
  if (!isAccount || !namespace || !name)
    throw new Error(`invalid subject format in service account token: ${subject ?? ''}`);
  return { namespace, name };
}
