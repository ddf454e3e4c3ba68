import { expect, test } from 'vitest';
import { proxyFor } from './mod.ts';

const env = { HTTPS_PROXY: 'http://secure.example:3128', HTTP_PROXY: 'plain.example:8080' };

test.each([
  ['https://ghcr.io/v2/', {}, undefined],
  ['https://ghcr.io/v2/', env, 'http://secure.example:3128'],
  ['http://charts.example.com', env, 'http://plain.example:8080'],
  ['https://ghcr.io', { https_proxy: 'http://small:1' }, 'http://small:1'],
  ['https://ghcr.io', { HTTPS_PROXY: '', https_proxy: 'http://small:1' }, 'http://small:1'],
  ['https://ghcr.io', { HTTPS_PROXY: 'http://LARGE:1', https_proxy: 'no' }, 'http://LARGE:1'],
  // An HTTP proxy is none for HTTPS.
  ['https://ghcr.io', { HTTP_PROXY: 'http://plain:1' }, undefined],
  ['https://localhost:5000', env, undefined],
  ['https://127.0.0.2:5000', env, undefined],
  ['https://[::1]:5000', env, undefined],
])('%s by %o', (url, given, proxy) => {
  expect(proxyFor(new URL(url), given)).toBe(proxy);
});

test.each([
  ['*', 'https://ghcr.io', true],
  ['ghcr.io', 'https://ghcr.io', true],
  ['GHCR.io ', 'https://ghcr.io', true],
  ['a,ghcr.io,b', 'https://ghcr.io', true],
  ['ghcr.io', 'https://sub.ghcr.io', true],
  ['ghcr.io', 'https://notghcr.io', false],
  ['.svc,.cluster.local', 'http://source.flux-system.svc', true],
  ['.example.com', 'https://example.com', false],
  ['.example.com', 'https://a.example.com', true],
  ['*.example.com', 'https://a.example.com', true],
  ['*.example.com', 'https://example.com', false],
  ['example.com:8443', 'https://example.com:8443', true],
  ['example.com:8443', 'https://example.com', false],
  ['example.com:443', 'https://example.com', true],
  ['example.com:80', 'http://example.com', true],
  [':443', 'https://example.com', false],
  ['10.0.0.0/8', 'https://10.1.2.3', true],
  ['10.0.0.0/8', 'https://11.1.2.3', false],
  ['10.0.0.0/8', 'https://ten.example', false],
  ['10.0.0.0/99', 'https://10.1.2.3', false],
  ['fd00::/8', 'https://[fd00::1]', true],
  ['fd00::/8', 'https://[fe00::1]', false],
  ['192.0.2.7', 'https://192.0.2.7', true],
  ['192.0.2.7:1', 'https://192.0.2.7', false],
  ['[2001:db8::1]:443', 'https://[2001:db8::1]', true],
  ['[2001:db8::1]:444', 'https://[2001:db8::1]', false],
  ['2001:db8::1', 'https://[2001:db8::1]', true],
])('NO_PROXY=%s: %s is reached directly: %s', (exceptions, url, isDirect) => {
  const found = proxyFor(new URL(url), { ...env, NO_PROXY: exceptions });
  expect(found === undefined).toBe(isDirect);
});
