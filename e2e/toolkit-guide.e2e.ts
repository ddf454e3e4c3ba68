/**
 * docs/manage-helm-releases.md, followed as a reader follows it, heading by heading: each command and manifest as written,
 * with servers of our own; on the sandbox, and on a real API server.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { freePort, projectRoot, runToEnd, startCommand } from '../demo/mod.ts';
import type { Running } from '../demo/mod.ts';
import { isRecord } from '../lib/runtime/mod.ts';
import { commandOf } from '../hack/programs.ts';
import { makeBinaries } from './binaries.ts';
import { untilServed } from './cluster.ts';
import { readPage } from './page.ts';
import { places } from './places.ts';
import type { Place } from './places.ts';
import { createReader } from './reader.ts';
import type { Reader } from './reader.ts';
import { keepOutput, plant } from './secrets.ts';
import { packPodinfo, startToolkitServers } from './services/toolkit-servers.ts';
import type { ToolkitServers } from './services/toolkit-servers.ts';
import { openShell } from './shell.ts';
import type { Shell } from './shell.ts';
import { addSops, sopsNames } from './sops.ts';

const waiting = { timeout: 60_000, interval: 100 };
const page = 'docs/manage-helm-releases.md';

const sections = await readPage(page);

// Each section goes on where the one before it has ended.
describe.each(places)('the guide to Helm releases, on $name', { retry: 0 }, ({ open }) => {
  let folder: string;
  let place: Place;
  let servers: ToolkitServers;
  let toolkit: Running | undefined;
  let shell: Shell;
  let reader: Reader;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'reflux-e2e-toolkit-guide'));
    place = await open(folder);
    servers = await startToolkitServers(folder);
    shell = openShell(folder, folder, await environment());
    reader = createReader({
      sections,
      shell,
      folder,
      mine: [
        ...servers.names,
        ['crds/toolkit.yaml', path.join(projectRoot, 'crds/toolkit.yaml')],
        ...sopsNames,
      ],
      elsewhere: [{ command: /^npx tsx toolkit/, run: startToolkit }],
      logs: () => toolkit?.log().slice(-6000) ?? '',
    });
  }, 120_000);
  afterAll(async () => {
    await toolkit?.stop();
    await keepOutput('toolkit', toolkit?.log() ?? '');
    await servers.close();
    await place.close();
    await runToEnd('gpgconf', ['--kill', 'all'], { GNUPGHOME: path.join(folder, 'gpg') }, folder);
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  async function environment(): Promise<Record<string, string>> {
    const PATH = await makeBinaries(folder);
    await addSops(folder);
    const you = ['AUTHOR', 'COMMITTER'].flatMap((who) => [
      [`GIT_${who}_NAME`, 'You'],
      [`GIT_${who}_EMAIL`, 'you@example.com'],
    ]);
    return {
      HOME: folder,
      PATH,
      KUBECONFIG: place.kubeconfig,
      GIT_SSL_CAINFO: servers.ca,
      GIT_CONFIG_NOSYSTEM: '1',
      GNUPGHOME: path.join(folder, 'gpg'),
      ...Object.fromEntries(you),
    };
  }

  /** As the page says, with free ports. */
  async function startToolkit(command: string): Promise<void> {
    const port = await freePort();
    const { hooksPort, ca } = servers;
    const [, , , ...args] = command
      .replace('~/.kube/config', place.kubeconfig)
      .replace('127.0.0.1:9090', '127.0.0.1:0')
      .replace('127.0.0.1:9292', `127.0.0.1:${hooksPort}`)
      .split(' ');
    toolkit = startCommand({
      name: 'toolkit',
      command: commandOf('toolkit'),
      args: [
        ...args,
        `--metrics-addr=127.0.0.1:${port}`,
        '--events-listen-addr=127.0.0.1:0',
        '--min-retry-delay=100ms',
        '--requeue-dependency=1s',
      ],
      env: { HOME: folder, NODE_EXTRA_CA_CERTS: ca, GIT_SSL_CAINFO: ca },
      logFile: path.join(folder, 'toolkit.log'),
    });
    await vi.waitFor(async () => {
      expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    }, waiting);
  }

  const get = (kind: string, namespace: string, name: string) =>
    place.kube.get({ apiVersion: versions[kind] ?? 'v1', kind, namespace, name });

  /** Waits for what an object says of being ready. @returns the object */
  const ready = (kind: string, namespace: string, name: string, message: RegExp) =>
    vi.waitFor(async () => {
      const object = await get(kind, namespace, name);
      const status = isRecord(object?.['status']) ? object['status'] : {};
      expect(status['observedGeneration']).toBe(object?.metadata.generation);
      const conditions = Array.isArray(status['conditions']) ? status['conditions'] : [];
      expect(conditions.find((each) => isRecord(each) && each['type'] === 'Ready')).toMatchObject({
        status: 'True',
        message: expect.stringMatching(message),
      });
      return object;
    }, waiting);

  /** A chart comes from a source, as a release would want it. */
  const givesChart = async (kind: string, namespace: string, name: string, chart = 'podinfo') => {
    const probe = { apiVersion: versions['HelmChart'] ?? '', kind: 'HelmChart' };
    const ref = { ...probe, namespace, name: `of-${kind.toLowerCase()}-${name}` };
    await place.kube.apply(
      {
        ...probe,
        metadata: { namespace, name: ref.name },
        spec: { chart, version: '4.x', interval: '1h', sourceRef: { kind, name } },
      },
      { fieldManager: 'e2e', force: true },
    );
    await ready('HelmChart', namespace, ref.name, /'podinfo' chart with version '4.0.6'$/);
    await place.kube.delete(ref);
    await vi.waitFor(async () => {
      expect(await place.kube.get(ref)).toBeUndefined();
    }, waiting);
  };

  const replicas = async (namespace: string, name: string) => {
    const found = await get('Deployment', namespace, name);
    return isRecord(found?.['spec']) ? found['spec']['replicas'] : undefined;
  };

  test('Prerequisites', async () => {
    await reader.read('Prerequisites', {
      'git clone': () =>
        shell(`git checkout -q -B master && printf '%s' '${servers.privateCa}' > ca.crt`).then(
          () => undefined,
        ),
    });
    await untilServed(place.kube, { apiVersion: versions['HelmChart'] ?? '', kind: 'HelmChart' });
  });

  describe('Chart sources', () => {
    test('A Helm repository', async () => {
      await reader.read('A Helm repository');
      await givesChart('HelmRepository', 'default', 'podinfo');
    });

    test('Charts in an OCI registry', async () => {
      await reader.read('Charts in an OCI registry');
      await givesChart('HelmRepository', 'default', 'podinfo');
      await vi.waitFor(async () => {
        expect((await get('HelmRepository', 'default', 'podinfo'))?.['status']).toEqual({});
      }, waiting);
    });

    test('With a user name and a password', async () => {
      await reader.read('With a user name and a password');
      await givesChart('HelmRepository', 'default', 'podinfo');
      await givesChart('HelmRepository', 'default', 'private');
    });

    test('A Git repository', async () => {
      await reader.read('A Git repository', {
        'ssh-keygen': async () => {
          await plant('ssh-identity', await shell('cat identity'));
          await servers.ssh.authorize(await shell('cat identity.pub'));
        },
      });
      await ready('GitRepository', 'flux-system', 'podinfo-ssh', /^stored artifact for revision/);
      await givesChart('GitRepository', 'flux-system', 'podinfo', './charts/podinfo');
      await givesChart('GitRepository', 'flux-system', 'podinfo-ssh', './charts/podinfo');
    });

    test('A bucket', async () => {
      await reader.read('A bucket');
      await givesChart('Bucket', 'flux-system', 'podinfo', './charts/podinfo');
    });
  });

  test('A Helm release', async () => {
    await reader.read('A Helm release');
    expect(await replicas('default', 'podinfo')).toBe(2);
  });

  test('From a registry, by digest', async () => {
    await reader.read('From a registry, by digest');
  });

  describe('Values', () => {
    test('From ConfigMaps and Secrets', async () => {
      await reader.read('From ConfigMaps and Secrets');
      await ready('HelmRelease', 'default', 'podinfo', /podinfo\.v2 with chart/);
    });

    test('From a ConfigMap that Kustomize makes', async () => {
      await reader.read('From a ConfigMap that Kustomize makes');
      const name = 'podinfo-values-9tt862ddg7';
      expect(await shell('kubectl kustomize apps/podinfo')).toContain(`name: ${name}\n`);
      expect(await get('ConfigMap', 'podinfo', name)).toMatchObject({
        data: { 'values.yaml': expect.stringContaining('replicaCount: 3') },
      });
      expect(await replicas('podinfo', 'podinfo')).toBe(3);
    });

    test('From a Secret that Kustomize makes and SOPS has encrypted', async () => {
      const nameOf = async () => {
        const release = await get('HelmRelease', 'podinfo', 'podinfo');
        const [, name] = /"name":"(podinfo-values-[^"]+)"/.exec(JSON.stringify(release)) ?? [];
        return name;
      };
      let byAge: string | undefined;
      await reader.read('From a Secret that Kustomize makes and SOPS has encrypted', {
        'reflux-helm': async () => {
          byAge = await nameOf();
        },
      });
      expect(byAge).toMatch(/^podinfo-values-/);
      expect(await nameOf()).toBe(byAge);
      await ready('HelmRelease', 'podinfo', 'podinfo', /podinfo\.v3 with chart/);
      expect(
        await place.kube.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'podinfo' }),
      ).not.toMatchObject({
        items: expect.arrayContaining([
          { metadata: { name: expect.stringContaining('podinfo-values') } },
        ]),
      });
    });

    test('From files in the chart', async () => {
      await reader.read('From files in the chart');
      expect(await get('ConfigMap', 'mongodb', 'mongodb')).toMatchObject({
        data: { replicaCount: '5', useStatefulSet: 'true' },
      });
    });
  });

  test('Notifications', async () => {
    await reader.read('Notifications');
  });

  test('Webhooks', async () => {
    await reader.read('Webhooks', {
      HOOK: async () => {
        const url = `http://127.0.0.1:${servers.hooksPort}${(await shell('echo $HOOK')).trim()}`;
        const headers = { authorization: 'another', 'content-type': 'application/json' };
        expect((await fetch(url, { method: 'POST', headers, body: '{}' })).status).toBe(400);
        servers.charts.publish(await packPodinfo('4.0.7'));
      },
    });
    await vi.waitFor(() => {
      expect(servers.slack.taken.map((each) => JSON.parse(each))).toContainEqual(
        expect.objectContaining({
          channel: 'general',
          username: 'helm-controller',
          attachments: [
            expect.objectContaining({
              author_name: 'helmrelease/podinfo.default',
              color: 'good',
              text: expect.stringMatching(/^Helm upgrade succeeded .* with chart podinfo@4\.0\.7$/),
            }),
          ],
        }),
      );
      const text = servers.slack.taken.join('\n');
      expect(text).toContain('"helmrepository/podinfo.flux-system"');
      expect(text).toContain('"helmchart/default-podinfo.flux-system"');
    }, waiting);
  });

  test('A release of each commit', async () => {
    await reader.read('A release of each commit');
    await ready('HelmRelease', 'default', 'each-commit', /each-commit\.v1 with chart/);
    const clone = path.join(folder, 'podinfo-clone');
    await shell(
      `(git clone -q ${servers.git.url}/podinfo.git ${clone} && cd ${clone} && echo '# more' >> charts/podinfo/values.yaml && git commit -q -a -m more && git push -q)`,
    );
    await shell('fluxctl reconcile source git podinfo -n default');
    await ready('HelmRelease', 'default', 'each-commit', /each-commit\.v2 with chart/);
  });

  test('Drift', async () => {
    await reader.read('Drift');
  });

  test('Looking around', async () => {
    await reader.read('Looking around', {
      'fluxctl trace': async (said) => {
        expect(said).toMatch(/HelmRelease:\s+podinfo/);
      },
      'fluxctl events': async (said) => {
        expect(said).toContain('UpgradeSucceeded');
      },
      'fluxctl tree': async (said) => {
        expect(said).toContain('Deployment/podinfo/podinfo');
      },
    });
  });

  test('Taking it away', async () => {
    await reader.read('Taking it away');
    expect(reader.unread()).toEqual([]);
  });
});

const versions: Readonly<Record<string, string>> = {
  GitRepository: 'source.toolkit.fluxcd.io/v1',
  HelmRepository: 'source.toolkit.fluxcd.io/v1',
  HelmChart: 'source.toolkit.fluxcd.io/v1',
  HelmRelease: 'helm.toolkit.fluxcd.io/v2',
  Deployment: 'apps/v1',
};
