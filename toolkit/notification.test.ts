/** Alerts and Receivers on the sandbox: real controllers in, real HTTP servers out. */
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namespace, refOf, smallChart, startChartServer, startStage } from './_harness.ts';
import type { ChartServer, Stage } from './_harness.ts';
import { Fields } from './runtime/mod.ts';

interface Sink {
  url: string;
  /** What was posted, the oldest first. */
  got: { path: string; headers: IncomingHttpHeaders; body: Fields }[];
  /** Waits for a request that is as wanted. */
  until(accept: (body: Fields) => boolean): Promise<Fields>;
  close(): Promise<unknown>;
}

async function startSink(status = 200): Promise<Sink> {
  const got: Sink['got'] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString('utf8')));
    request.on('end', () => {
      const { url = '', headers } = request;
      got.push({ path: url, headers, body: new Fields(JSON.parse(text)) });
      response.writeHead(status).end(status === 200 ? '' : 'not for me: s3cret');
      for (const wake of waiting) wake();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${port}`,
    got,
    until: (accept) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new Error(JSON.stringify(got.map(({ body }) => body.value))));
        }, 15_000);
        const look = () => {
          const found = got.find(({ body }) => accept(body));
          if (found === undefined) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(found.body);
        };
        waiting.add(look);
        look();
      }),
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}

let stage: Stage;
let charts: ChartServer;
let sink: Sink;
beforeAll(async () => {
  stage = await startStage();
  charts = await startChartServer();
  sink = await startSink();
  await charts.publish(smallChart('1.0.0'));
}, 60_000);
afterAll(async () => {
  await stage.close();
  await charts.close();
  await sink.close();
});

const notification = (kind: string, name: string, spec: unknown, version: string) => ({
  apiVersion: `notification.toolkit.fluxcd.io/${version}`,
  kind,
  metadata: { namespace, name },
  spec,
});
const chartRepository = (name: string) =>
  stage.apply({
    apiVersion: 'source.toolkit.fluxcd.io/v1beta2',
    kind: 'HelmRepository',
    metadata: { namespace, name },
    spec: { interval: '1h', url: charts.url },
  });
const event = (more: Record<string, unknown> = {}) => ({
  involvedObject: {
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    name: 'outside',
    namespace,
  },
  severity: 'info',
  timestamp: '2026-01-02T03:04:05Z',
  message: 'it happened',
  reason: 'InstallSucceeded',
  reportingController: 'helm-controller',
  ...more,
});
const tellOf = async (body: unknown) =>
  fetch(`http://127.0.0.1:${(await stage.ports).events}/`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

describe('Alert', () => {
  test("the guide's alert: a release reaches Slack", async () => {
    await stage.apply(
      notification(
        'Provider',
        'slack',
        { type: 'slack', channel: 'general', address: `${sink.url}/slack` },
        'v1beta1',
      ),
    );
    await stage.apply(
      notification(
        'Alert',
        'helm-podinfo',
        {
          providerRef: { name: 'slack' },
          eventSeverity: 'info',
          eventSources: [
            { kind: 'HelmRepository', name: 'podinfo' },
            { kind: 'HelmChart', name: 'default-podinfo' },
            { kind: 'HelmRelease', name: 'podinfo', namespace },
          ],
        },
        'v1beta1',
      ),
    );
    await chartRepository('podinfo');
    await stage.apply({
      apiVersion: 'helm.toolkit.fluxcd.io/v2beta1',
      kind: 'HelmRelease',
      metadata: {
        namespace,
        name: 'podinfo',
        annotations: { 'event.toolkit.fluxcd.io/team': 'web' },
      },
      spec: {
        interval: '5m',
        chart: {
          spec: {
            chart: 'small',
            version: '1.0.0',
            sourceRef: { kind: 'HelmRepository', name: 'podinfo' },
          },
        },
      },
    });
    const [attachment] = (
      await sink.until((body) => /install succeeded/.test(JSON.stringify(body.value)))
    ).each('attachments');
    const posted = sink.got.find(({ body }) => body.each('attachments')[0] === attachment);
    expect(posted?.path ?? '/slack').toBe('/slack');
    expect(attachment?.value).toMatchObject({
      color: 'good',
      author_name: `helmrelease/podinfo.${namespace}`,
      text: expect.stringMatching(/^Helm install succeeded for release apps\/podinfo\.v1/),
      mrkdwn_in: ['text'],
      fields: expect.arrayContaining([
        { title: 'team', value: 'web', short: false },
        { title: 'revision', value: '1.0.0', short: false },
      ]),
    });
  });

  test('events of other controllers: taken once, 429 for the same, 400 for what is none, 413 for too much', async () => {
    await stage.apply(
      notification('Provider', 'hook', { type: 'generic', address: `${sink.url}/hook` }, 'v1beta3'),
    );
    await stage.apply(
      notification(
        'Alert',
        'outside',
        {
          providerRef: { name: 'hook' },
          eventSources: [{ kind: 'HelmRelease', name: '*' }],
          exclusionList: ['^nothing', '['],
          eventMetadata: { cluster: 'one' },
        },
        'v1beta3',
      ),
    );
    await stage.until('Alert', 'outside', () => true);
    const message = 'told from outside';
    const metadata = {
      'helm.toolkit.fluxcd.io/revision': '1.2.3',
      'helm.toolkit.fluxcd.io/checksum': 'abc',
      'helm.toolkit.fluxcd.io/token': 'xyz',
      'other.example/key': 'dropped',
    };
    const first = await tellOf(event({ message, metadata }));
    expect([first.status, first.headers.get('x-ratelimit-remaining')]).toEqual([202, '0']);
    const again = await tellOf(event({ message, metadata }));
    expect([again.status, await again.text()]).toEqual([429, 'Too Many Requests\n']);
    expect(again.headers.get('retry-after')).toBe(first.headers.get('x-ratelimit-reset'));
    const other = { ...metadata, 'helm.toolkit.fluxcd.io/revision': '1.2.4' };
    expect((await tellOf(event({ message, metadata: other }))).status).toBe(202);
    expect((await tellOf('{')).status).toBe(400);
    expect((await tellOf('[]')).status).toBe(400);
    expect((await tellOf({ ...event(), message: 7 })).status).toBe(400);
    const huge = await tellOf(event({ message: 'x'.repeat(3 * 1024 * 1024) })).catch(() => 'cut');
    expect(huge === 'cut' || (typeof huge === 'object' && huge.status === 413)).toBe(true);
    const got = await sink.until((body) => body.text('message') === message);
    expect(got.value).toEqual(event({ message, metadata: { cluster: 'one', revision: '1.2.3' } }));
    expect(sink.got.find(({ body }) => body === got)?.headers['gotk-component']).toBe(
      'helm-controller',
    );
    await expect
      .poll(() => stage.events('outside'))
      .toContain('Warning InvalidConfig failed to compile exclusion regex: [');
  });

  test('severity, inclusion, labels, and other namespaces decide', async () => {
    await stage.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace, name: 'unused' },
    });
    await chartRepository('labelled');
    await stage.kube.patch(refOf('HelmRepository', 'labelled'), 'merge', {
      metadata: { labels: { team: 'web' } },
    });
    const about = {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmRepository',
      namespace,
      name: 'labelled',
    };
    const alertOf = (name: string, spec: Record<string, unknown>) =>
      stage.apply(
        notification('Alert', name, { providerRef: { name: `to-${name}` }, ...spec }, 'v1beta3'),
      );
    const providerOf = (name: string) =>
      stage.apply(
        notification(
          'Provider',
          `to-${name}`,
          { type: 'generic', address: `${sink.url}/${name}` },
          'v1beta3',
        ),
      );
    const source = { kind: 'HelmRepository', name: '*' };
    const wanted: Record<string, Record<string, unknown>> = {
      errors: { eventSeverity: 'error', eventSources: [source] },
      included: { inclusionList: ['wanted$'], eventSources: [source] },
      labels: { eventSources: [{ ...source, matchLabels: { team: 'web' } }] },
      nolabels: { eventSources: [{ ...source, matchLabels: { team: 'db' } }] },
      elsewhere: { eventSources: [{ ...source, namespace: 'other' }] },
      everywhere: { eventSources: [{ ...source, namespace: '*' }] },
      suspended: { eventSources: [source], suspend: true },
    };
    for (const name of Object.keys(wanted)) await providerOf(name);
    for (const [name, spec] of Object.entries(wanted)) await alertOf(name, spec);
    // The last one applied is known when it tells.
    await alertOf('last', { eventSources: [source] });
    await providerOf('last');
    await expect
      .poll(
        async () => {
          await tellOf(event({ involvedObject: about, message: `ping ${Math.random()}` }));
          return sink.got.some(({ path }) => path === '/last');
        },
        { timeout: 10_000, interval: 100 },
      )
      .toBe(true);
    await tellOf(event({ involvedObject: about, message: 'this is not it' }));
    await tellOf(event({ involvedObject: about, message: 'this is wanted' }));
    await tellOf(event({ involvedObject: about, message: 'an error', severity: 'error' }));
    const pathsOf = (message: string) =>
      sink.got
        .filter(({ body }) => body.text('message') === message)
        .map(({ path }) => path)
        .sort();
    const all = ['/everywhere', '/labels', '/last'];
    await expect.poll(() => pathsOf('this is not it')).toEqual(all);
    await expect
      .poll(() => pathsOf('this is wanted'))
      .toEqual(['/everywhere', '/included', '/labels', '/last']);
    await expect
      .poll(() => pathsOf('an error'))
      .toEqual(['/errors', '/everywhere', '/labels', '/last']);
  });

  test('what is not delivered is told of the alert, and no secret with it', async () => {
    const refusing = await startSink(404);
    await stage.secret('hook-secret', { token: 's3cret', address: `${refusing.url}/s3cret` });
    const spec = { type: 'generic-hmac', secretRef: { name: 'hook-secret' } };
    await stage.apply(notification('Provider', 'refused', spec, 'v1beta2'));
    await stage.apply(
      notification(
        'Alert',
        'refused',
        {
          providerRef: { name: 'refused' },
          eventSources: [{ kind: 'HelmRelease', name: 'refused' }],
        },
        'v1beta2',
      ),
    );
    await stage.apply(
      notification(
        'Alert',
        'nowhere',
        {
          providerRef: { name: 'missing' },
          eventSources: [{ kind: 'HelmRelease', name: 'refused' }],
        },
        'v1beta2',
      ),
    );
    const about = { ...event().involvedObject, name: 'refused' };
    await expect
      .poll(
        async () => {
          await tellOf(event({ involvedObject: about, message: `try ${Math.random()}` }));
          return [...(await stage.events('refused')), ...(await stage.events('nowhere'))];
        },
        { timeout: 10_000, interval: 200 },
      )
      .toEqual(
        expect.arrayContaining([
          `Warning NotificationDispatchFailed failed to send notification for HelmRelease/${namespace}/refused: postMessage failed: request failed: request failed with status code 404: not for me: *****`,
          `Warning NotificationDispatchFailed failed to dispatch notification for HelmRelease/${namespace}/refused: failed to read provider: Provider.notification.toolkit.fluxcd.io "missing" not found`,
        ]),
      );
    const [first] = refusing.got;
    const signed = createHmac('sha256', 's3cret').update(JSON.stringify(first?.body.value));
    expect(first?.headers['x-signature']).toBe(`sha256=${signed.digest('hex')}`);
    await refusing.close();
  });

  test('finalizers of older versions do not keep an alert', async () => {
    await stage.kube.create({
      ...notification(
        'Alert',
        'old',
        { providerRef: { name: 'slack' }, eventSources: [] },
        'v1beta3',
      ),
      metadata: { namespace, name: 'old', finalizers: ['finalizers.fluxcd.io'] },
    });
    await stage.kube.delete(refOf('Alert', 'old'));
    await expect.poll(() => stage.kube.get(refOf('Alert', 'old'))).toBeUndefined();
  });
});

describe('Receiver', () => {
  const token = 'abcdef';
  const receiver = (name: string, spec: Record<string, unknown>, version = 'v1') =>
    stage.apply(
      notification(
        'Receiver',
        name,
        {
          secretRef: { name: 'webhook-token' },
          resources: [{ kind: 'HelmRepository', name: 'hooked' }],
          ...spec,
        },
        version,
      ),
    );
  const pathOf = async (name: string) => {
    const object = await stage.until(
      'Receiver',
      name,
      (status, { metadata }) =>
        status.text('webhookPath') !== undefined &&
        status.count('observedGeneration') === metadata.generation,
    );
    return new Fields(object['status']).text('webhookPath') ?? '';
  };
  const call = async (path: string, headers: Record<string, string>, body = '') =>
    (
      await fetch(`http://127.0.0.1:${(await stage.ports).hooks}${path}`, {
        method: 'POST',
        headers,
        body,
      })
    ).status;
  const requestedAt = async (name = 'hooked') =>
    (await stage.kube.get(refOf('HelmRepository', name)))?.metadata.annotations?.[
      'reconcile.fluxcd.io/requestedAt'
    ];
  const hmac = (algorithm: string, body: string, key = token) =>
    createHmac(algorithm, key).update(body).digest('hex');
  beforeAll(async () => {
    await stage.secret('webhook-token', {
      token,
      email: 'hook@project.example',
      audience: 'https://hooks.example',
    });
    await chartRepository('hooked');
  });

  const push = JSON.stringify({
    action: 'push',
    docker_url: 'quay.example/x',
    updated_tags: ['1'],
  });
  const json = { 'content-type': 'application/json' };
  const cdEvent = JSON.stringify({
    context: {
      version: '0.4.1',
      id: '1',
      source: '/ci',
      type: 'dev.cdevents.artifact.published.0.2.0',
      timestamp: '2026-01-02T03:04:05Z',
    },
    subject: { id: 'pkg:oci/x', type: 'artifact', content: {} },
  });

  test.each([
    { type: 'generic', right: {}, wrong: undefined, body: 'anything' },
    {
      type: 'generic-hmac',
      right: { 'x-signature': `sha512=${hmac('sha512', push)}` },
      wrong: { 'x-signature': `sha512=${hmac('sha512', push, 'other')}` },
      body: push,
    },
    {
      type: 'github',
      right: { ...json, 'x-hub-signature-256': `sha256=${hmac('sha256', push)}` },
      wrong: { ...json, 'x-hub-signature-256': `sha256=${hmac('sha256', push, 'other')}` },
      body: push,
    },
    {
      type: 'github',
      events: ['ping', 'push'],
      right: {
        ...json,
        'x-hub-signature': `sha1=${hmac('sha1', push)}`,
        'x-github-event': 'Push',
      },
      wrong: {
        ...json,
        'x-hub-signature': `sha1=${hmac('sha1', push)}`,
        'x-github-event': 'issues',
      },
      body: push,
    },
    {
      type: 'bitbucket',
      right: { ...json, 'x-hub-signature': `sha256=${hmac('sha256', push)}` },
      wrong: json,
      body: push,
    },
    {
      type: 'gitlab',
      right: { 'x-gitlab-token': token },
      wrong: { 'x-gitlab-token': 'abcdeg' },
      body: push,
    },
    {
      type: 'harbor',
      right: { authorization: token },
      wrong: { authorization: `Bearer ${token}` },
      body: push,
    },
    { type: 'dockerhub', right: json, wrong: json, body: '{"push_data":{"tag":"1"}}', bad: '7' },
    { type: 'quay', right: json, wrong: json, body: push, bad: '{"updated_tags":"1"}' },
    { type: 'acr', right: json, wrong: json, body: push, bad: 'no json' },
    {
      type: 'nexus',
      right: { 'x-nexus-webhook-signature': hmac('sha1', push) },
      wrong: { 'x-nexus-webhook-signature': hmac('sha1', push, 'other') },
      body: push,
    },
    { type: 'cdevents', right: { 'ce-type': 'x' }, wrong: {}, body: cdEvent, bad: push },
  ])('$type: the right token asks, a wrong one and too much do not', async (row) => {
    const { type, events, right, wrong, body, bad } = row;
    const name = `${type}${events === undefined ? '' : '-events'}`;
    await receiver(name, { type, ...(events === undefined ? {} : { events }) });
    const path = await pathOf(name);
    const before = await requestedAt();
    if (wrong !== undefined) {
      expect(await call(path, wrong, bad ?? body)).toBe(400);
      expect(await requestedAt()).toBe(before);
    }
    const huge = await call(path, right, 'x'.repeat(3 * 1024 * 1024 + 1)).catch(() => 413);
    expect(huge).toBe(413);
    expect(await requestedAt()).toBe(before);
    expect(await call(path, right, body)).toBe(200);
    expect(await requestedAt()).not.toBe(before);
  });

  test('the path, as the original makes it; nothing at others', async () => {
    await receiver('vector', { type: 'generic' }, 'v1beta1');
    const message = await stage.says('Receiver', 'vector', 'Ready', 'Succeeded');
    const path = await pathOf('vector');
    expect(message).toBe(`True Receiver initialized for path: ${path}`);
    expect(await call(`${path}0`, {})).toBe(404);
    expect(await call(`${path}?x=1`, {})).toBe(404);
    expect(await call('/hook/', {})).toBe(404);
    expect(await call('/', {})).toBe(404);
    await receiver('vector', { type: 'generic', suspend: true });
    await expect.poll(() => call(path, {})).toBe(503);
  });

  test("Harbor's push: the index is fetched again, and the release upgraded", async () => {
    await chartRepository('harbor');
    await stage.apply({
      apiVersion: 'helm.toolkit.fluxcd.io/v2beta1',
      kind: 'HelmRelease',
      metadata: { namespace, name: 'pushed' },
      spec: {
        interval: '1h',
        chart: {
          spec: {
            chart: 'small',
            version: '>=1.0.0',
            sourceRef: { kind: 'HelmRepository', name: 'harbor' },
          },
        },
      },
    });
    await stage.says('HelmRelease', 'pushed', 'Ready', 'InstallSucceeded');
    await receiver('harbor-push', {
      type: 'harbor',
      resources: [{ kind: 'HelmRepository', name: 'harbor' }],
    });
    const path = await pathOf('harbor-push');
    await charts.publish(smallChart('1.1.0'));
    const from = performance.now();
    expect(await call(path, { authorization: token }, '{"type":"PUSH_ARTIFACT"}')).toBe(200);
    await stage.says('HelmRelease', 'pushed', 'Ready', 'UpgradeSucceeded');
    expect(performance.now() - from).toBeLessThan(10_000);
  });

  test('labels and filters choose among the objects', async () => {
    for (const name of ['blue', 'green', 'red']) {
      await chartRepository(name);
      if (name !== 'red')
        await stage.kube.patch(refOf('HelmRepository', name), 'merge', {
          metadata: { labels: { color: 'cold' } },
        });
    }
    await receiver('labels', {
      type: 'generic',
      resourceFilter: "req.tag != 'none'",
      resources: [
        {
          kind: 'HelmRepository',
          name: '*',
          matchLabels: { color: 'cold' },
          filter: 'res.metadata.name == req.name',
        },
      ],
    });
    const path = await pathOf('labels');
    expect(await call(path, json, '{"name":"blue","tag":"none"}')).toBe(200);
    expect(await requestedAt('blue')).toBeUndefined();
    expect(await call(path, json, '{"name":"green","tag":"1"}')).toBe(200);
    expect(await requestedAt('green')).toBeDefined();
    expect([await requestedAt('blue'), await requestedAt('red')]).toEqual([undefined, undefined]);
    // A body that is no JSON, though it says so; one without the fields that the filter reads.
    expect(await call(path, json, '{')).toBe(500);
    expect(await call(path, {}, 'text')).toBe(500);
  });

  test.each([
    {
      why: 'no Secret',
      spec: { type: 'generic', secretRef: { name: 'missing' } },
      reason: 'TokenNotFound',
      message:
        /^False unable to read token from secret 'apps\/missing' error: secrets "missing" not found$/,
    },
    {
      why: 'no expression',
      spec: { type: 'generic', resourceFilter: 'res.' },
      reason: 'InvalidCELExpression',
      message:
        /^False Reconciliation failed terminally due to configuration error: invalid resourceFilter expression: failed to parse the CEL expression 'res\.'/,
    },
    {
      why: 'not a question',
      spec: { type: 'generic', resourceFilter: "'text'" },
      reason: 'InvalidCELExpression',
      message: /expected bool, got string$/,
    },
  ])('$why', async ({ why, spec, reason, message }) => {
    const name = why.replaceAll(' ', '-').toLowerCase();
    await receiver(name, spec);
    expect(await stage.says('Receiver', name, 'Ready', reason)).toMatch(message);
  });

  test('generic-oidc: a token of the issuer, for us, of the right repository', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const issuer = await new Promise<{ url: string; close: () => void }>((resolve) => {
      const server = createServer((request, response) => {
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'one' }];
        response.end(
          JSON.stringify(
            request.url === '/keys' ? { keys } : { issuer: url, jwks_uri: `${url}/keys` },
          ),
        );
      });
      server.listen(0, '127.0.0.1', () => {
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        resolve({ url, close: () => server.close() });
      });
    });
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const tokenOf = (claims: Record<string, unknown>, alg = 'RS256') => {
      const body = `${encode({ alg, kid: 'one' })}.${encode({
        iss: issuer.url,
        aud: 'notification-controller',
        exp: Math.floor(Date.now() / 1000) + 60,
        ...claims,
      })}`;
      return `Bearer ${body}.${sign('sha256', Buffer.from(body), privateKey).toString('base64url')}`;
    };
    await stage.apply(
      notification(
        'Receiver',
        'oidc',
        {
          type: 'generic-oidc',
          oidcProviders: [
            {
              issuerURL: issuer.url,
              variables: [{ name: 'owner', expression: "claims.repository.split('/')[0]" }],
              validations: [{ expression: "vars.owner == 'us'", message: 'not ours' }],
            },
          ],
          resources: [
            { kind: 'HelmRepository', name: 'hooked', filter: "claims.ref == 'refs/heads/main'" },
          ],
        },
        'v1',
      ),
    );
    const path = await pathOf('oidc');
    const before = await requestedAt();
    const good = { repository: 'us/app', ref: 'refs/heads/main' };
    const status = (claims: Record<string, unknown>, alg?: string) =>
      call(path, { authorization: tokenOf(claims, alg) });
    expect(await call(path, {})).toBe(400);
    expect(await status({ ...good, repository: 'them/app' })).toBe(400);
    expect(await status({ ...good, aud: 'others' })).toBe(400);
    expect(await status({ ...good, exp: 1 })).toBe(400);
    expect(await status({ ...good, iss: 'http://127.0.0.1:1' })).toBe(400);
    expect(await status(good, 'none')).toBe(400);
    expect(await status({ ...good, ref: 'refs/heads/side' })).toBe(200);
    expect(await requestedAt()).toBe(before);
    expect(await status(good)).toBe(200);
    expect(await requestedAt()).not.toBe(before);
    issuer.close();
  });
});
