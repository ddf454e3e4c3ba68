/** Addresses of API servers. Pure. */

/** `https://host:port` in lower case. @throws what `failed` makes of the original's message */
export function addressOf(address: string, failed: (message: string) => Error): string {
  if (address === '') throw failed('cluster address is required to create a REST config');
  const fail = (why: string) => failed(`failed to parse cluster address ${address}: ${why}`);
  let url: URL;
  try {
    url = new URL(address.startsWith('http') ? address : `https://${address}`);
  } catch {
    throw fail(`failed to parse Kubernetes API server address '${address}'`);
  }
  if (url.protocol !== 'https:')
    throw fail(`the Kubernetes API server address '${address}' must use https scheme`);
  return `https://${url.hostname}:${url.port === '' ? '443' : url.port}`;
}
