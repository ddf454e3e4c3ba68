/** The proxies that the environment names, as programs of Go read it (golang.org/x/net/http/httpproxy 0.47). Pure. */
import { BlockList, isIP } from 'node:net';

export type Env = Readonly<Record<string, string | undefined>>;

/** Whether a server is to be reached directly; its address in small letters, the port always given. */
type Exception = (host: string, port: string) => boolean;

/**
 * @param url of the server
 * @param env `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in capitals or not
 * @returns the proxy's address; `undefined` where the server is reached directly, as this machine always is
 */
export function proxyFor(url: URL, env: Env): string | undefined {
  const isHttps = url.protocol === 'https:';
  const proxy = textOf(env, isHttps ? 'HTTPS_PROXY' : 'HTTP_PROXY');
  if (proxy === '') return undefined;
  const host = bare(url.hostname.toLowerCase());
  const port = url.port === '' ? (isHttps ? '443' : '80') : url.port;
  if (host === 'localhost' || isLoopback(host)) return undefined;
  const isException = exceptionsOf(textOf(env, 'NO_PROXY')).some((each) => each(host, port));
  if (isException) return undefined;
  return /^[a-z][a-z\d+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

export const namesProxy = (env: Env): boolean =>
  ['HTTPS_PROXY', 'HTTP_PROXY'].some((name) => textOf(env, name) !== '');

const textOf = (env: Env, name: string): string =>
  [env[name], env[name.toLowerCase()]].find((text) => text !== undefined && text !== '') ?? '';

const bare = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');

const isLoopback = (host: string): boolean =>
  isIP(host) === 4 ? host.startsWith('127.') : host === '::1';

function exceptionsOf(text: string): Exception[] {
  const words = text.split(',').map((word) => word.trim().toLowerCase());
  if (words.includes('*')) return [() => true];
  return words.flatMap((word) => {
    const exception = word === '' ? undefined : exceptionOf(word);
    return exception === undefined ? [] : [exception];
  });
}

function exceptionOf(word: string): Exception | undefined {
  const subnet = /^(.+)\/(\d{1,3})$/.exec(word);
  if (subnet !== null) return inSubnet(subnet[1] ?? '', Number(subnet[2]));
  const [, name = word, wantedPort = ''] = /^(\[.*\]|[^:]*):(\d*)$/.exec(word) ?? [];
  const wanted = bare(name);
  if (wanted === '') return undefined;
  const isWantedPort = (port: string) => wantedPort === '' || wantedPort === port;
  if (isIP(wanted) !== 0) return (host, port) => host === wanted && isWantedPort(port);
  // `.example.com` and `*.example.com` leave out example.com itself.
  const domain = wanted.replace(/^\*(?=\.)/, '');
  const suffix = domain.startsWith('.') ? domain : `.${domain}`;
  return (host, port) => (host === domain || host.endsWith(suffix)) && isWantedPort(port);
}

function inSubnet(network: string, prefix: number): Exception | undefined {
  const version = isIP(network);
  if (version === 0 || prefix > (version === 4 ? 32 : 128)) return undefined;
  const list = new BlockList();
  const family = version === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(network, prefix, family);
  return (host) => isIP(host) === version && list.check(host, family);
}
