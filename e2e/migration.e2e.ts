/**
 * docs/migration.md, followed step by step on a real API server: from Flux 1.25.4 and Helm Operator 1.4.4 to Reflux and back,
 * then from the v1 kinds to the v2 kinds and back.
 *
 * REFLUX_E2E_ORIGINALS names a folder with the original programs, `fluxd` and `helm-operator`, and their charts,
 * `charts/flux` (1.13.3) and `charts/helm-operator` (1.4.4). Without it our own stand in their places, as an installation
 * that is there already.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { freePort, projectRoot, runToEnd, startCommand } from '../demo/mod.ts';
import type { Running } from '../demo/mod.ts';
import { createHelmEngine } from '../lib/helm/action/mod.ts';
import { systemClock } from '../lib/runtime/mod.ts';
import { startGitServer } from '../sandbox/mod.ts';
import type { SandboxGitServer } from '../sandbox/mod.ts';
import { commandOf } from '../hack/programs.ts';
import { makeBinaries } from './binaries.ts';
import { openCluster, removeNamespaces } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { startDeployment } from './deployment.ts';
import { kubeconfig } from './kubeconfig.ts';
import { readPage } from './page.ts';
import { podsCanBePlayed } from './pod.ts';
import { createReader } from './reader.ts';
import type { Reader } from './reader.ts';
import { keepOutput } from './secrets.ts';
import { startSshServer } from './services/sshd.ts';
import type { SshServer } from './services/sshd.ts';
import { openShell } from './shell.ts';
import type { Shell } from './shell.ts';

const waiting = { timeout: 120_000, interval: 200 };
const originals = process.env.REFLUX_E2E_ORIGINALS ?? '';
if (originals === '')
  process.stderr.write('without the originals: REFLUX_E2E_ORIGINALS is not set, ours stand in\n');

/** Whose programs and charts. */
interface Makers {
  fluxd: readonly string[];
  operator: readonly string[];
  charts: string;
}

const ours: Makers = {
  fluxd: commandOf('fluxd'),
  operator: commandOf('helm-operator'),
  charts: path.join(projectRoot, 'chart'),
};
const before: Makers =
  originals === ''
    ? ours
    : {
        // Its image has a file for this flag, which names the service account.
        fluxd: [path.join(originals, 'fluxd'), '--kube-config='],
        operator: [path.join(originals, 'helm-operator')],
        charts: path.join(originals, 'charts'),
      };

const release = (replicas: number, chart: string) => `apiVersion: helm.fluxcd.io/v1
kind: HelmRelease
metadata:
  name: podinfo
  namespace: apps
spec:
  releaseName: podinfo
  chart:
    git: ${chart}
    path: chart/podinfo
    ref: master
  values:
    replicaCount: ${replicas}
`;

const sections = await readPage('docs/migration.md');

// Each section goes on where the one before it has ended.
describe.skipIf(!(await podsCanBePlayed()))('the page about migration', { retry: 0 }, () => {
  let folder: string;
  let cluster: Cluster;
  let ssh: SshServer;
  let git: SandboxGitServer;
  let chartUrl: string;
  let clone: string;
  let port: number;
  let shell: Shell;
  let reader: Reader;
  const namespaces = ['fluxcd', 'apps', 'flux-system'];
  /** Those that run now. */
  let running: Running[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'reflux-e2e-migration'));
    cluster = await openCluster();
    await removeNamespaces(cluster.kube, namespaces);
    ssh = await startSshServer(folder);
    git = await startGitServer({ env: process.env });
    const source = path.join(folder, 'source');
    await mkdir(path.join(source, 'chart'), { recursive: true });
    await runToEnd('cp', ['-r', path.join(projectRoot, 'chart/podinfo'), 'chart'], {}, source);
    chartUrl = await git.createRepository('charts', { fromFolder: source });
    port = await freePort();
    const bare = path.join(folder, 'config.git');
    clone = path.join(folder, 'config');
    const you = { NAME: 'You', EMAIL: 'you@example.com' };
    const author = ['AUTHOR', 'COMMITTER'].flatMap((who) =>
      Object.entries(you).map(([what, value]) => [`GIT_${who}_${what}`, value]),
    );
    shell = openShell(folder, folder, {
      HOME: folder,
      PATH: await makeBinaries(folder),
      KUBECONFIG: kubeconfig(),
      ...Object.fromEntries(author),
    });
    await shell(
      `git init -q --bare --initial-branch=master ${bare} && git clone -q ${bare} ${clone}`,
    );
    await shell(`cd ${clone} && git checkout -q -B master && mkdir releases`);
    await writeFile(path.join(folder, 'known_hosts'), `${ssh.knownHost}\n`);
    await writeFile(
      path.join(clone, 'releases/namespace.yaml'),
      'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: apps\n',
    );
    await commit('releases/podinfo.yaml', release(1, chartUrl));
    reader = createReader({
      sections,
      shell,
      folder,
      mine: [
        ['./chart/', `${path.join(projectRoot, 'chart')}/`],
        ['crds/helmreleases.yaml', path.join(projectRoot, 'crds/helmreleases.yaml')],
        ['REGISTRY/YOU', 'example.com/you'],
        ['--k8s-fwd-ns fluxcd', `--url=http://127.0.0.1:${port}/api/flux`],
        ['REVISION', '1'],
      ],
      logs: () => running.map(({ name, log }) => `${name}:\n${log().slice(-3000)}`).join('\n'),
    });
    await install(before.charts);
    await start(before);
    await ssh.authorize(await identity());
    await reaches(1);
  }, 240_000);
  afterAll(async () => {
    // fluxd would bring back what is removed, and objects of v2 go while the toolkit runs.
    const [toolkit] = running.splice(2);
    await stop();
    await removeNamespaces(cluster.kube, namespaces);
    await toolkit?.stop();
    await keepOutput('toolkit', toolkit?.log() ?? '');
    await git.close();
    await ssh.close();
    await cluster.close();
    await rm(folder, { recursive: true, force: true });
  }, 120_000);

  /** As it was done once: what the values of the reader's installation come from. */
  async function install(charts: string): Promise<void> {
    const hosts = path.join(folder, 'known_hosts');
    await shell(`kubectl apply -f ${path.join(projectRoot, 'crds/helmreleases.yaml')}`);
    await shell(
      `helm install flux ${charts}/flux --namespace fluxcd --create-namespace --set-file ssh.known_hosts=${hosts} --set git.url=${ssh.url(path.join(folder, 'config.git'))},git.path=releases,git.pollInterval=1s,sync.interval=2s,registry.disableScanning=true`,
    );
    await shell(
      `helm install helm-operator ${charts}/helm-operator --namespace fluxcd --skip-crds --set-file git.ssh.known_hosts=${hosts} --set git.ssh.secretName=flux-git-deploy,helm.versions=v3,git.pollInterval=1s,chartsSyncInterval=5s`,
    );
  }

  async function start(makers: Makers): Promise<void> {
    const common = { kube: cluster.kube, namespace: 'fluxcd', folder };
    running = [
      await startDeployment({ ...common, name: 'flux', command: makers.fluxd, port }),
      await startDeployment({
        ...common,
        name: 'helm-operator',
        command: makers.operator,
        port: await freePort(),
      }),
    ];
  }

  async function stop(): Promise<void> {
    await Promise.all(running.map((each) => each.stop()));
    for (const each of running) await keepOutput(each.name, each.log());
    running = [];
  }

  const fluxctl = (...words: string[]) =>
    runToEnd(
      path.join(folder, 'bin/fluxctl'),
      [`--url=http://127.0.0.1:${port}/api/flux`, ...words],
      { HOME: folder },
      folder,
    );
  const identity = () => vi.waitFor(() => fluxctl('identity'), waiting);
  const keyInCluster = async () => {
    const ref = { apiVersion: 'v1', kind: 'Secret', namespace: 'fluxcd', name: 'flux-git-deploy' };
    return (await cluster.kube.get(ref))?.['data'];
  };

  /** @returns the commit */
  async function commit(file: string, text: string): Promise<string> {
    await writeFile(path.join(clone, file), text);
    await shell(
      `cd ${clone} && git add releases && git commit -q -m 'Change ${file}' && git push -q origin master`,
    );
    return (await shell('git rev-parse HEAD')).trim();
  }

  /** Until the programs that run now have synced a commit of their time. */
  async function synced(name: string): Promise<void> {
    const head = await commit(
      `releases/${name}.yaml`,
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: apps\n`,
    );
    await vi.waitFor(async () => {
      expect(await shell(`git ls-remote ${folder}/config.git 'refs/tags/flux-sync^{}'`)).toContain(
        head,
      );
    }, waiting);
  }

  const revisions = async () => {
    const engine = createHelmEngine({
      kube: cluster.kube,
      clock: systemClock,
      log: () => undefined,
    });
    return engine.history({ namespace: 'apps', releaseName: 'podinfo' });
  };
  const reaches = (version: number) =>
    vi.waitFor(async () => {
      for (const each of running) expect(each.exit(), each.log().slice(-2000)).toBeUndefined();
      const newest = (await revisions()).at(-1);
      expect([newest?.version, newest?.info.status]).toEqual([version, 'deployed']);
    }, waiting);

  test('Before', async () => {
    await reader.read('Before');
    const values = await readFile(path.join(clone, 'flux-values.yaml'), 'utf8');
    expect(values).toContain('registry:\n  disableScanning: true\n');
  });

  test('The switch', { timeout: 240_000 }, async () => {
    const key = await keyInCluster();
    await stop();
    await reader.read('The switch');
    await start(ours);
    await synced('after-the-switch');
    expect(await keyInCluster()).toEqual(key);
    // The operator has looked at it, and left it as it is.
    await vi.waitFor(() => {
      expect(running[1]?.log()).toMatch(/resource=apps:helmrelease\/podinfo/);
    }, waiting);
    await reaches(1);
    await commit('releases/podinfo.yaml', release(2, chartUrl));
    await reaches(2);
  });

  test('After', async () => {
    await reader.read('After', {
      fluxctl: async (said) => {
        expect(said).toContain('apps:helmrelease/podinfo');
      },
      'git fetch': async (said) => {
        expect(said).toContain('tag flux-sync');
      },
      'helm list': async (said) => {
        expect(said).toMatch(/^podinfo\s+apps\s+2\s/m);
      },
    });
  });

  test('The way back, and forth', { timeout: 240_000 }, async () => {
    await stop();
    await reader.read('The way back');
    await start(before);
    await synced('after-the-way-back');
    await commit('releases/podinfo.yaml', release(3, chartUrl));
    await reaches(3);
    await stop();
    await reader.read('The switch');
    await start(ours);
    await synced('for-good');
    await reaches(3);
  });

  describe('to the v2 kinds', () => {
    /** That the v1 object has made. */
    let latest: number;

    beforeAll(async () => {
      await shell(`kubectl apply --server-side -f ${path.join(projectRoot, 'crds/toolkit.yaml')}`);
      latest = (await revisions()).length;
      const toolkit = startCommand({
        name: 'toolkit',
        command: commandOf('toolkit'),
        args: [
          `--kubeconfig=${kubeconfig()}`,
          ...['storage-addr', 'metrics-addr', 'events-listen-addr', 'receiverAddr'].map(
            (flag) => `--${flag}=127.0.0.1:0`,
          ),
        ],
        env: { HOME: folder },
        logFile: path.join(folder, 'toolkit.log'),
      });
      running.push(toolkit);
    });

    test('Look', async () => {
      await reader.read('Look');
    });

    test('Hand over', { timeout: 240_000 }, async () => {
      await reader.read('Hand over', {
        'fluxctl migrate -n apps --name=podinfo --apply': async () => {
          await reaches(latest);
          await shell(
            `kubectl -n apps patch helmreleases.helm.toolkit.fluxcd.io podinfo --type=merge -p '{"spec":{"values":{"replicaCount":7}}}'`,
          );
          await reaches(latest + 1);
        },
        'fluxctl migrate --path': async () => {
          const written = await readFile(path.join(clone, 'releases/podinfo-v2.yaml'), 'utf8');
          expect(written).toContain('apiVersion: helm.toolkit.fluxcd.io/v2');
          await shell('git clean -fdq && git checkout -q .');
        },
      });
    });

    test('Go back', { timeout: 240_000 }, async () => {
      await shell(
        `kubectl -n apps patch helmreleases.helm.toolkit.fluxcd.io podinfo --type=merge -p '{"spec":{"values":{"replicaCount":${latest}}}}'`,
      );
      await reaches(latest + 2);
      await reader.read('Go back');
      await reaches(latest + 2);
      await commit('releases/podinfo.yaml', release(6, chartUrl));
      await reaches(latest + 3);
    });
  });
});
