/** A proxy with a user, as clients of undici take it. Pure. */

/**
 * @param address `http://user:password@host:port`, user and password percent-encoded; both may be missing
 * @returns the address without its user, and what says who asks
 */
export function proxyOptions(address: string): { uri: string; token?: string } {
  const url = new URL(address);
  const [user, password] = [url.username, url.password].map(decodeURIComponent);
  url.username = '';
  url.password = '';
  if (user === '') return { uri: url.href };
  const owner = Buffer.from(`${user}:${password}`).toString('base64');
  return { uri: url.href, token: `Basic ${owner}` };
}
