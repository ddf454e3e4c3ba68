/** Values at an http(s) URL. */
import { OperatorError } from '../errors.ts';

const timeoutMs = 30_000;
const largestBytes = 5 * 1024 * 1024;

/** @throws OperatorError `ValuesFailed` for other schemes, statuses other than 200, and bodies beyond 5 MiB */
export async function readUrl(url: string): Promise<string> {
  if (!/^https?:\/\//i.test(url))
    throw new OperatorError('ValuesFailed', url, 'only http and https are read');
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  if (response.status !== 200)
    throw new OperatorError('ValuesFailed', url, `the server answered ${response.status}`);
  const body = Buffer.from(await response.arrayBuffer());
  if (body.length > largestBytes)
    throw new OperatorError('ValuesFailed', url, `more than ${largestBytes} bytes`);
  return body.toString('utf8');
}
