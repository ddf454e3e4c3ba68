/** Addresses of hosts, for `getHostByName` (sprig network.go). */
import { randomInt } from 'node:crypto';
import { lookup } from 'node:dns/promises';

/** One of a host's addresses, any of them; `undefined` for a host that has none or cannot be asked for. */
export async function someAddress(host: string): Promise<string | undefined> {
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.length === 0 ? undefined : found[randomInt(found.length)]?.address;
}
