/** `urlParse` and `urlJoin`: addresses as Go's net/url takes them apart and puts them together. */
import { bytesOfText, textOfBytes } from '../values/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import { fromBytes, toBytes } from './bytes.ts';
import { SprigError } from './errors.ts';
import { dict, fn, text } from './function.ts';
import type { SprigFunctions } from './function.ts';
import { quote } from '../template/mod.ts';
import { kindOf } from './reflection.ts';

interface Url {
  scheme: string;
  opaque: string;
  user: { name: string; password: string | undefined } | undefined;
  host: string;
  path: string;
  query: string;
  fragment: string;
}

export const urlFunctions: SprigFunctions = {
  urlParse: fn('string', ([address]) => {
    const url = parseOr('unable to parse url', text(address));
    return new Map<string, GoValue>([
      ['scheme', url.scheme],
      ['host', url.host],
      ['hostname', hostName(url.host)],
      ['path', url.path],
      ['query', url.query],
      ['opaque', url.opaque],
      ['fragment', url.fragment],
      ['userinfo', userText(url.user)],
    ]);
  }),
  urlJoin: fn('dict', ([parts]) => {
    const from = dict(parts);
    const [scheme, host, path, query, opaque, fragment, userinfo] = [
      'scheme',
      'host',
      'path',
      'query',
      'opaque',
      'fragment',
      'userinfo',
    ].map((key) => part(from, key)) as [string, string, string, string, string, string, string];
    const { user } =
      userinfo === ''
        ? { user: undefined }
        : parseOr('unable to parse userinfo in dict', `proto://${userinfo}@host`);
    return format({ scheme, host, path, query, opaque, fragment, user });
  }),
};

function part(from: GoMap, key: string): string {
  const value = from.get(key);
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  throw new SprigError(
    `unable to parse ${key} key, must be of type string, but ${kindOf(value)} found`,
  );
}

function parseOr(what: string, address: string): Url {
  const hash = address.indexOf('#');
  const [rest, fragment] =
    hash < 0 ? [address, ''] : [address.slice(0, hash), address.slice(hash + 1)];
  const fail = (problem: string): never => {
    throw new SprigError(`${what}: parse ${quote(rest)}: ${problem}`);
  };
  const url = parse(rest, fail);
  const failWhole = (problem: string): never => {
    throw new SprigError(`${what}: parse ${quote(address)}: ${problem}`);
  };
  return { ...url, fragment: unescape(fragment, failWhole) };
}

function parse(address: string, fail: (problem: string) => never): Url {
  const url: Url = {
    scheme: '',
    opaque: '',
    user: undefined,
    host: '',
    path: '',
    query: '',
    fragment: '',
  };
  if (/[\0-\x1f\x7f]/.test(address)) fail('net/url: invalid control character in URL');
  if (address === '*') return { ...url, path: '*' };
  if (address.startsWith(':')) fail('missing protocol scheme');
  const [whole = '', scheme = ''] = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(address) ?? [];
  let rest = address.slice(whole.length);
  url.scheme = scheme.toLowerCase();
  const question = rest.indexOf('?');
  if (question >= 0) {
    url.query = rest.slice(question + 1);
    rest = rest.slice(0, question);
  }
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { ...url, opaque: rest };
    if ((rest.split('/')[0] ?? '').includes(':'))
      fail('first path segment in URL cannot contain colon');
  }
  if (rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'))) {
    const slash = rest.indexOf('/', 2);
    const authority = rest.slice(2, slash < 0 ? undefined : slash);
    rest = slash < 0 ? '' : rest.slice(slash);
    const at = authority.lastIndexOf('@');
    url.host = hostOf(authority.slice(at + 1), fail);
    if (at >= 0) url.user = userOf(authority.slice(0, at), fail);
  }
  return { ...url, path: unescape(rest, fail) };
}

function hostOf(host: string, fail: (problem: string) => never): string {
  const bracket = host.lastIndexOf(']');
  if (host.startsWith('[') && bracket < 0) fail("missing ']' in host");
  const colon = host.startsWith('[') ? bracket + 1 : host.lastIndexOf(':');
  const port = colon < 0 ? '' : host.slice(colon);
  if (port !== '' && !/^:[0-9]*$/.test(port)) fail(`invalid port ${quote(port)} after host`);
  const odd = /[ "<>\\^`{|}]/.exec(host)?.[0];
  if (odd !== undefined) fail(`invalid character ${quote(odd)} in host name`);
  return unescape(host, fail);
}

function userOf(userinfo: string, fail: (problem: string) => never): Url['user'] {
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(userinfo)) fail('net/url: invalid userinfo');
  const colon = userinfo.indexOf(':');
  return colon < 0
    ? { name: unescape(userinfo, fail), password: undefined }
    : {
        name: unescape(userinfo.slice(0, colon), fail),
        password: unescape(userinfo.slice(colon + 1), fail),
      };
}

function unescape(value: string, fail: (problem: string) => never): string {
  const bad = /%(?![0-9a-fA-F]{2})[\s\S]{0,2}/.exec(value)?.[0];
  if (bad !== undefined) fail(`invalid URL escape ${quote(fromBytes(toBytes(bad).slice(0, 3)))}`);
  return value.replaceAll(/(?:%[0-9a-fA-F]{2})+/g, (run) =>
    textOfBytes(Uint8Array.from(run.slice(1).split('%'), (hex) => Number.parseInt(hex, 16))),
  );
}

const hostName = (host: string): string =>
  host.startsWith('[') ? host.slice(1, host.lastIndexOf(']')) : host.replace(/:[0-9]*$/, '');

function userText(user: Url['user']): string {
  if (user === undefined) return '';
  const keep = /[A-Za-z0-9\-_.~$&+,;=]/;
  const password = user.password === undefined ? '' : `:${escape(user.password, keep)}`;
  return escape(user.name, keep) + password;
}

function format(url: Url): string {
  const scheme = url.scheme === '' ? '' : `${url.scheme}:`;
  const query = url.query === '' ? '' : `?${url.query}`;
  const fragment =
    url.fragment === '' ? '' : `#${escape(url.fragment, /[A-Za-z0-9\-_.~$&+,/:;=?@!()*]/)}`;
  if (url.opaque !== '') return scheme + url.opaque + query + fragment;
  const user = url.user === undefined ? '' : `${userText(url.user)}@`;
  const hasAuthority =
    (scheme !== '' && url.path !== '') || url.host !== '' || url.user !== undefined;
  const host = escape(url.host, /[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/);
  const authority = hasAuthority ? `//${user}${host}` : '';
  let path = url.path === '*' ? '*' : escape(url.path, /[A-Za-z0-9\-_.~$&+,/:;=@]/);
  if (path !== '' && !path.startsWith('/') && url.host !== '') path = `/${path}`;
  else if (scheme + authority === '' && (path.split('/')[0] ?? '').includes(':'))
    path = `./${path}`;
  return scheme + authority + path + query + fragment;
}

function escape(value: string, keep: RegExp): string {
  let out = '';
  for (const byte of bytesOfText(value)) {
    const char = String.fromCharCode(byte);
    out +=
      byte < 0x80 && keep.test(char)
        ? char
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}
