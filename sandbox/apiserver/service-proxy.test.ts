/** Paths of the service proxy, read as API servers read them. */
import { expect, test } from 'vitest';
import { proxyTarget } from './service-proxy.ts';

const base = '/api/v1/namespaces/kube-system/services';
const read = (path: string) => proxyTarget(new URL(path, 'https://server'));

test.each([
  [`${base}/http:s:http/proxy/v1/cert.pem`, 's', 'http', '/v1/cert.pem'],
  [`${base}/http:s:/proxy/v1/cert.pem?a=b`, 's', '', '/v1/cert.pem?a=b'],
  [`${base}/http%3As%3A8080/proxy`, 's', '8080', '/'],
  [`${base}/s:http/proxy/x`, 's', 'http', '/x'],
  [`${base}/s/proxy/x`, 's', '', '/x'],
])('%s leads to service %s, port %j, path %s', (url, service, port, path) => {
  expect(read(url)).toEqual({ namespace: 'kube-system', service, port, path });
});

test.each([`${base}/s`, `${base}/s/status`, '/api/v1/namespaces/x/pods/s/proxy/y'])(
  '%s is no such path',
  (url) => {
    expect(read(url)).toBeUndefined();
  },
);

test.each([`${base}/https:s:x/proxy/y`, `${base}/a:b:c:d/proxy/y`])('%s is refused', (url) => {
  expect(() => read(url)).toThrow('invalid service request');
});
