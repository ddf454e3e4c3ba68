/** Verbs against a fluxd that answers as we say; what is printed is what the original fluxctl 1.25.4 prints for the same answers. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readDocuments } from '../lib/manifest/mod.ts';
import { testWorld } from './_world.ts';
import type { Key } from './print/keys.ts';
import { runFluxctl } from './run.ts';

let server: Server;
let url: string;
let folder: string;
/** Answers by method and path; a list is used up one by one, its last stays. */
let answers: Record<string, unknown>;
let requests: { line: string; body: unknown }[];

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const line = `${request.method} ${(request.url ?? '').split('?')[0]}`;
      requests.push({
        line: `${request.method} ${request.url}`,
        body: text === '' ? undefined : JSON.parse(text),
      });
      const answer = answers[line];
      if (answer === undefined) response.writeHead(404).end('nothing here');
      else if (answer instanceof Refusal)
        response.writeHead(answer.status).end(JSON.stringify(answer.body));
      else response.writeHead(200).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

beforeEach(async () => {
  answers = {};
  requests = [];
  folder = await mkdtemp(path.join(tmpdir(), 'fluxctl-test'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

class Refusal {
  readonly status: number;
  readonly body: unknown;
  constructor(status: number, body: unknown) {
    this.status = status;
    this.body = body;
  }
}

async function fluxctl(argv: readonly string[], keys: readonly Key[] = []) {
  const pressed = [...keys];
  const world = testWorld({
    env: { FLUX_URL: url, KUBECONFIG: path.join(folder, 'none') },
    gitConfig: (key) => ({ 'user.name': 'Ann', 'user.email': 'ann@example.com' })[key] ?? '',
    openKeys: () =>
      Promise.resolve({
        next: () => Promise.resolve(pressed.shift() ?? 'abort'),
        close: () => undefined,
      }),
  });
  const status = await runFluxctl(argv, world);
  return { status, ...world.printed };
}

const job = (result: unknown) => {
  answers['POST /v9/update-manifests'] = 'job-1';
  answers['GET /v6/jobs'] = { Result: result, Err: '', StatusString: 'succeeded' };
  answers['GET /v6/sync'] = [];
};

const revision = '0123456789abcdef0123456789abcdef01234567';
const update = { Container: 'app', Current: 'o/app:1', Target: 'o/app:2' };

describe('usage errors say what the original says', () => {
  test.each([
    [['nope'], 'unknown command "nope" for "fluxctl"', 'fluxctl'],
    [['sync', 'x'], 'expected no (non-flag) arguments', 'fluxctl sync'],
    [['-x'], "unknown shorthand flag: 'x' in -x", 'fluxctl'],
    [['list-images', '--nope'], 'unknown flag: --nope', 'fluxctl list-images'],
    [['list-workloads', '-o', 'x'], 'invalid output format specified', 'fluxctl list-workloads'],
    [['list-images', '-w', 'x'], 'parsing x: invalid service ID', 'fluxctl list-images'],
    [['lock'], '-w, --workload is required', 'fluxctl lock'],
    [
      ['release', '--all'],
      'please supply exactly one of --update-image=<image> or --update-all-images',
      'fluxctl release',
    ],
    [
      ['release', '--all', '--update-image=x'],
      'blank tag (if you want latest, explicitly state the tag :latest): invalid image ID',
      'fluxctl release',
    ],
    [
      ['policy', '-w=a:b/c', '--tag=x'],
      'invalid container/tag pair: "x". Expected format is \'container=filter\'',
      'fluxctl policy',
    ],
    [['completion', 'tcsh'], 'unsupported shell type "tcsh"', 'fluxctl completion'],
    [['install'], 'please supply a valid --git-url argument', 'fluxctl install'],
  ])('%j', async (argv, message, command) => {
    expect(await fluxctl(argv)).toEqual({
      status: 1,
      out: '',
      err: `Error: ${message}\nRun '${command} --help' for usage.\n`,
    });
  });
});

test('names a verb that was meant', async () => {
  const { err } = await fluxctl(['lst-images']);
  expect(err).toContain('Did you mean this?\n\tlist-images\n');
});

test('shows the explanation of fluxd', async () => {
  const help = 'Job not found\n\nIt is gone.';
  answers['POST /v9/git-repo-config'] = new Refusal(404, { type: 'missing', help, error: 'gone' });
  expect(await fluxctl(['sync'])).toEqual({ status: 1, out: '', err: `== Error ==\n\n${help}\n` });
});

describe('list-workloads', () => {
  const workload = {
    ID: 'demo:deployment/podinfo',
    Containers: [
      { Name: 'podinfod', Current: { ID: 'o/podinfo:3.1.0' } },
      { Name: 'init', Current: { ID: 'alpine:3.10' } },
    ],
    ReadOnly: '',
    Status: 'ready',
    Rollout: { Desired: 1, Updated: 1, Ready: 1, Available: 1, Outdated: 0, Messages: null },
    SyncError: '',
    Antecedent: '',
    Labels: { b: '2', a: '<1>' },
    Automated: true,
    Locked: true,
    Ignore: false,
    Policies: null,
  };

  test('prints the table', async () => {
    answers['GET /v6/services'] = [workload];
    const { out } = await fluxctl(['list-workloads', '-n', 'demo']);
    expect(out).toBe(
      'WORKLOAD                 CONTAINER  IMAGE            RELEASE  POLICY\n' +
        'demo:deployment/podinfo  podinfod   o/podinfo:3.1.0  ready    automated,locked\n' +
        '                         init       alpine:3.10               \n',
    );
    expect(requests[0]?.line).toBe('GET /v6/services?namespace=demo');
  });

  test('prints JSON as Go does', async () => {
    answers['GET /v6/services'] = [workload];
    const { out } = await fluxctl(['list-workloads', '-o', 'json']);
    expect(out).toContain(
      '{"Name":"init","Current":{"ID":"alpine:3.10","Labels":{}},"LatestFiltered":{"ID":"","Labels":{}}}',
    );
    expect(out).toContain('"Labels":{"a":"\\u003c1\\u003e","b":"2"},"Automated":true');
  });
});

describe('list-images', () => {
  const image = (tag: string, CreatedAt?: string) => ({
    ID: `o/app:${tag}`,
    ...(CreatedAt === undefined ? {} : { CreatedAt }),
  });
  const container = (over: object) => [
    { ID: 'default:deployment/a', Containers: [{ Name: 'app', ...over }] },
  ];

  test.each([
    {
      why: 'marks the one in use',
      given: {
        Current: image('2'),
        Available: [image('3', '2020-03-02T01:02:03Z'), image('2'), image('1')],
      },
      want: [
        'default:deployment/a  app        o/app  ',
        '                                 |   3  02 Mar 20 01:02 UTC',
        "                                 '-> 2  ",
        '                                     1  ',
      ],
    },
    {
      why: 'leaves out what is beyond the limit, but not the one in use',
      given: { Current: image('1'), Available: ['5', '4', '3', '2', '1'].map((tag) => image(tag)) },
      argv: ['-l', '2'],
      want: [
        'default:deployment/a  app        o/app                   ',
        '                                 |   5                   ',
        '                                 |   4                   ',
        '                                 : (2 image(s) omitted)  ',
        "                                 '-> 1                   ",
      ],
    },
    {
      why: 'says when nothing is known',
      given: { Current: {} },
      want: [
        'default:deployment/a  app                        image data not available',
        "                                 '-> (untagged)  ?",
      ],
    },
  ])('$why', async ({ given, want, argv = [] }) => {
    answers['GET /v10/images'] = container(given);
    const { out } = await fluxctl(['list-images', '--no-headers', ...argv]);
    expect(out.split('\n').slice(0, -1).map(squeeze)).toEqual(want.map(squeeze));
  });

  /** Widths of columns are the table's business. */
  const squeeze = (line: string) => line.replaceAll(/ {3,}/g, '  ');
});

describe('changes', () => {
  test('release prints what was done, pushed and applied', async () => {
    job({
      revision,
      result: {
        'default:deployment/a': { Status: 'success', PerContainer: [update] },
        'default:deployment/b': { Status: 'skipped', Error: 'locked' },
      },
    });
    expect(await fluxctl(['release', '--all', '--update-all-images'])).toEqual({
      status: 0,
      out: 'WORKLOAD              STATUS   UPDATES\ndefault:deployment/a  success  app: o/app:1 -> 2\n',
      err: 'Submitting release ...\nCommit pushed:\t0123456\nCommit applied:\t0123456\n',
    });
    expect(requests[0]?.body).toEqual({
      type: 'image',
      cause: { Message: '', User: 'Ann <ann@example.com>' },
      spec: {
        ServiceSpecs: ['<all>'],
        ImageSpec: '<all latest>',
        Kind: 'execute',
        Excludes: null,
        Force: false,
      },
    });
  });

  test('lock says who and why', async () => {
    job({ revision, result: { 'default:deployment/a': { Status: 'success' } } });
    const { out, err } = await fluxctl(['lock', '-w', 'deployment/a', '-m', 'hands off']);
    expect([out, err]).toEqual([
      'WORKLOAD              STATUS   UPDATES\ndefault:deployment/a  success  \n',
      'Commit pushed:\t0123456\n',
    ]);
    expect(requests[0]?.body).toMatchObject({
      spec: {
        'default:deployment/a': {
          add: { locked: 'true', locked_user: 'Ann <ann@example.com>', locked_msg: 'hands off' },
        },
      },
    });
  });

  test('a failed job is its error', async () => {
    answers['POST /v9/update-manifests'] = 'job-1';
    answers['GET /v6/jobs'] = {
      Result: {},
      Err: 'HEAD revision is unsigned',
      StatusString: 'failed',
    };
    expect(await fluxctl(['lock', '-w', 'deployment/a'])).toEqual({
      status: 1,
      out: '',
      err: "Error: HEAD revision is unsigned\nRun 'fluxctl lock --help' for usage.\n",
    });
  });

  test('sync goes on with what was verified last', async () => {
    answers['POST /v9/git-repo-config'] = {
      remote: { url: 'ssh://git@host/repo', branch: 'main', path: '' },
      publicSSHKey: { key: '', fingerprints: null },
      status: 'ready',
      errors: '',
    };
    const Err =
      'The branch HEAD in the git repo is not verified, and fluxd is unable to sync to it. The last verified commit was 01234567. HEAD is 89abcdef.';
    answers['POST /v9/update-manifests'] = 'job-1';
    answers['GET /v6/jobs'] = { Result: { revision }, Err, StatusString: 'failed' };
    answers['GET /v6/sync'] = [];
    expect(await fluxctl(['sync'])).toEqual({
      status: 0,
      out: '',
      err: `Synchronizing with ssh://git@host/repo\nWarning: ${Err}\nRevision of main to apply is 0123456\nWaiting for 0123456 to be applied ...\nDone.\n`,
    });
  });
});

describe('the interactive release', () => {
  const plan = {
    'default:deployment/a': {
      Status: 'success',
      PerContainer: [update, { ...update, Container: 'b' }],
    },
  };
  const argv = ['release', '--all', '--update-all-images', '--interactive'];

  test('releases what is left checked', async () => {
    job({ revision, result: plan });
    const { err, out } = await fluxctl(argv, ['down', 'toggle', 'submit']);
    expect(requests.filter(({ line }) => line.startsWith('POST'))[1]?.body).toMatchObject({
      type: 'containers',
      spec: { Kind: 'execute', ContainerSpecs: { 'default:deployment/a': [update] } },
    });
    expect(err).toContain('Submitting selected release ...\nCommit pushed:\t0123456\n');
    expect(out).toContain('⇒ ◯ ');
  });

  test('can be left', async () => {
    job({ revision, result: plan });
    const { err, status } = await fluxctl(argv, ['abort']);
    expect([status, err]).toEqual([0, 'Submitting dry-run release ...\nAborted.\n']);
  });

  test('has nothing to show when nothing would change', async () => {
    job({ result: { 'default:deployment/a': { Status: 'skipped', Error: 'locked' } } });
    expect((await fluxctl(argv)).err).toContain('No changes found.\n');
  });
});

describe('save', () => {
  const stream = `---
apiVersion: v1
kind: Namespace
metadata: {name: demo, uid: x, annotations: {a: b, kubernetes.io/change-cause: x}}
spec: {finalizers: [kubernetes]}
status: {phase: Active}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, namespace: demo, labels: {x: "1"}}
spec: {replicas: 1, template: {metadata: {creationTimestamp: null, labels: {}}, spec: {containers: [{name: app, resources: {}}]}}}
`;

  test('keeps what belongs into a repository', async () => {
    answers['GET /v6/export'] = Buffer.from(stream).toString('base64');
    const { out } = await fluxctl(['save', '-o', folder]);
    expect(out).toBe(
      `Saving Namespace 'demo' to ${folder}/demo-ns.yaml\nSaving Deployment 'app' to ${folder}/demo/app-dep.yaml\n`,
    );
    expect(await readFile(path.join(folder, 'demo/app-dep.yaml'), 'utf8')).toBe(
      '---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  labels:\n    x: "1"\n  name: app\n  namespace: demo\n' +
        'spec:\n  replicas: 1\n  template:\n    metadata: {}\n    spec:\n      containers:\n      - name: app\n',
    );
  });
});

describe('install', () => {
  const argv = ['install', '--git-url=git@host:o/r', '--git-email=a@b', '--namespace=flux'];

  test('writes the files that kustomizations name', async () => {
    await fluxctl([...argv, '-o', folder, '--git-path=a,b', '--git-readonly']);
    expect(await readdir(folder)).toEqual([
      'flux-account.yaml',
      'flux-deployment.yaml',
      'flux-secret.yaml',
      'memcache-dep.yaml',
      'memcache-svc.yaml',
    ]);
    const [deployment] = readDocuments(
      await readFile(path.join(folder, 'flux-deployment.yaml'), 'utf8'),
    );
    expect(deployment).toMatchObject({
      metadata: { name: 'flux', namespace: 'flux' },
      spec: {
        template: {
          spec: {
            nodeSelector: { 'kubernetes.io/os': 'linux' },
            containers: [
              {
                args: [
                  '--memcached-service=',
                  '--ssh-keygen-dir=/var/fluxd/keygen',
                  '--git-url=git@host:o/r',
                  '--git-branch=master',
                  '--git-path=a,b',
                  '--git-label=flux',
                  '--git-user=Flux',
                  '--git-email=a@b',
                  '--git-readonly',
                  '--listen-metrics=:3031',
                ],
              },
            ],
          },
        },
      },
    });
  });

  test('leaves memcached out when nothing is scanned', async () => {
    const { out } = await fluxctl([...argv, '--registry-disable-scanning']);
    expect(out).not.toContain('memcached\n');
    expect(readDocuments(out).filter((document) => document !== null)).toHaveLength(5);
  });
});

test.each(['bash', 'zsh', 'fish'])('completion for %s names every verb', async (shell) => {
  const { out, status } = await fluxctl(['completion', shell]);
  expect(status).toBe(0);
  for (const verb of ['list-images', 'release', 'install', 'save']) expect(out).toContain(verb);
});

test('--help and version need no fluxd', async () => {
  expect((await fluxctl(['version'])).out).toBe('1.2.3\n');
  expect((await fluxctl(['release', '--help'])).out).toContain('--update-all-images');
  expect((await fluxctl([])).out).toContain('Available Commands:');
  expect(requests).toEqual([]);
});

describe('-o json', () => {
  const result = { 'a:deployment/b': { Status: 'success', PerContainer: [update] } };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'demo' } };
  test.each([
    [['version', '-o', 'json'], { version: '1.2.3' }],
    [['identity', '-o=json'], { key: 'ssh-rsa x' }],
    [['lock', '-w=a:deployment/b', '-o=json'], { jobID: 'job-1', revision, result }],
    [
      ['release', '-n=a', '--workload=deployment/b', '--update-all-images', '-o=json'],
      { jobID: 'job-1', revision, result },
    ],
    [['sync', '-o=json'], { url: 'ssh://git@h/r', branch: 'main', revision }],
    [['save', '--output-format=json'], { apiVersion: 'v1', kind: 'List', items: [namespace] }],
  ])('%j', async (argv, want) => {
    job({ revision, result });
    answers['POST /v9/git-repo-config'] = {
      remote: { url: 'ssh://git@h/r', branch: 'main', path: '' },
      publicSSHKey: { key: 'ssh-rsa x' },
      status: 'ready',
      errors: '',
    };
    answers['GET /v6/export'] = Buffer.from(JSON.stringify(namespace)).toString('base64');
    const { status, out } = await fluxctl(argv);
    expect([status, JSON.parse(out)]).toEqual([0, want]);
  });

  test('of the manifests of install, too', async () => {
    const { out } = await fluxctl(
      ['install', '--git-url=git@h:r', '--git-email=a@b', '--namespace=flux'].concat(
        '--output-format=json',
      ),
    );
    const { kind, items } = JSON.parse(out) as { kind: string; items: { kind: string }[] };
    expect([kind, items.map((item) => item.kind)]).toEqual([
      'List',
      expect.arrayContaining(['ServiceAccount', 'ClusterRole', 'Secret', 'Deployment', 'Service']),
    ]);
  });

  test('and completion knows it and the new verbs', async () => {
    const { out } = await fluxctl(['completion', 'bash']);
    expect(out).toMatch(/simulate\) words="[^"]*--kubernetes-version[^"]*--output-format/);
    expect(out).toMatch(/diff\) words="[^"]*--from[^"]*--show-secrets/);
  });
});
