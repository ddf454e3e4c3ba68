/** docs/getting-started.md, followed as a reader follows it: each command as written, with a Git host and a registry of our own. */
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { freePort, projectRoot, runToEnd } from '../demo/mod.ts';
import type { Running } from '../demo/mod.ts';
import { createHelmEngine } from '../lib/helm/action/mod.ts';
import { systemClock } from '../lib/runtime/mod.ts';
import { startRegistry } from '../sandbox/mod.ts';
import type { SandboxRegistry } from '../sandbox/mod.ts';
import { commandOf } from '../hack/programs.ts';
import { makeBinaries } from './binaries.ts';
import { openCluster, removeNamespaces } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { startDeployment } from './deployment.ts';
import { kubeconfig } from './kubeconfig.ts';
import { commandsOf, readPage } from './page.ts';
import { podsCanBePlayed } from './pod.ts';
import { keepOutput } from './secrets.ts';
import { startSshServer } from './services/sshd.ts';
import type { SshServer } from './services/sshd.ts';
import { openShell } from './shell.ts';

const waiting = { timeout: 120_000, interval: 200 };
const namespaces = ['fluxcd', 'dev', 'stg', 'prod', 'adm'];

/** What is not run here, and where it is. */
const elsewhere: readonly { command: RegExp; where: string }[] = [
  { command: /^npm ci /, where: 'how every test of ours begins' },
  { command: /^docker build /, where: 'image.e2e.ts' },
  { command: /--k8s-fwd-ns/, where: 'lib/kube: only kubelets forward ports' },
  { command: /^npx tsx (daemon|helm-operator)\/main\.ts/, where: 'demo/demo.test.ts' },
];

let folder: string;
let cluster: Cluster;
let registry: SandboxRegistry;
let ssh: SshServer;
const programs: Running[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reflux-e2e-guide'));
  cluster = await openCluster();
  await removeNamespaces(cluster.kube, namespaces);
  registry = await startRegistry({ clock: systemClock, port: 0 });
  ssh = await startSshServer(folder);
});
afterAll(async () => {
  for (const program of programs) {
    await program.stop();
    await keepOutput(program.name, program.log());
  }
  await removeNamespaces(cluster.kube, namespaces);
  await ssh.close();
  await registry.close();
  await cluster.close();
  await rm(folder, { recursive: true, force: true });
}, 180_000);

/** The fork: what is committed here, with the reader's names in it. @returns the clone and its URL */
async function fork(image: string) {
  const [bare, clone] = [path.join(folder, 'fork.git'), path.join(folder, 'fork')];
  const url = ssh.url(bare);
  await mkdir(clone);
  const files = `git ls-files -z | xargs -0 cp --parents --target-directory='${clone}'`;
  await runToEnd('bash', ['-ec', files], {}, projectRoot);
  for (const environment of await readdir(path.join(clone, 'releases'))) {
    const file = path.join(clone, 'releases', environment, 'podinfo.yaml');
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const mine = text
      .replace('git@github.com:your-name/reflux', url)
      .replace('stefanprodan/podinfo', image);
    await writeFile(file, mine);
  }
  // The chart of releases/adm lies on the internet.
  await rm(path.join(clone, 'releases/adm'), { recursive: true });
  const env = {
    HOME: folder,
    ...Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((who) => [
        [`GIT_${who}_NAME`, 'You'],
        [`GIT_${who}_EMAIL`, 'you@example.com'],
      ]),
    ),
  };
  const git = (...args: string[]) => runToEnd('git', args, env, clone);
  await git('init', '--quiet', '--bare', '--initial-branch=master', bare);
  await git('init', '--quiet', '--initial-branch=master');
  await git('remote', 'add', 'origin', bare);
  const push = async (message: string) => {
    await git('add', '--all');
    await git('commit', '--quiet', `--message=${message}`);
    await git('push', '--quiet', 'origin', 'HEAD:master');
  };
  await push('My names');
  // As `npm ci` leaves it.
  await runToEnd('ln', ['-s', path.join(projectRoot, 'node_modules'), clone], {}, folder);
  return { clone, url, git, push };
}

test.skipIf(!(await podsCanBePlayed()))(
  'the commands of the guide, in order',
  { timeout: 600_000, retry: 0 },
  async () => {
    const image = `${registry.host}/you/podinfo`;
    const { clone, url, git, push } = await fork(image);
    const [fluxPort, operatorPort] = [await freePort(), await freePort()];
    const env = { HOME: folder, KUBECONFIG: kubeconfig(), PATH: await makeBinaries(folder) };
    const shell = openShell(clone, folder, env);
    await writeFile(path.join(folder, 'known_hosts'), `${ssh.knownHost}\n`);
    const hosts = path.join(folder, 'known_hosts');
    const mine = (command: string) =>
      command
        .replaceAll('git@github.com:YOU/FORK', url)
        .replaceAll('REGISTRY/YOU', 'example.com/you')
        .replaceAll('YOU/podinfo', image)
        .replaceAll('127.0.0.1:3030', `127.0.0.1:${fluxPort}`)
        .replace(
          / upgrade -i flux .*/,
          `$& --set-file ssh.known_hosts=${hosts} --set git.pollInterval=1s,sync.interval=2s,registry.automationInterval=1s --set registry.insecureHosts=${registry.host}`,
        )
        .replace(
          / upgrade -i helm-operator .*/,
          `$& --set-file git.ssh.known_hosts=${hosts} --set git.pollInterval=1s`,
        );
    const engine = createHelmEngine({
      kube: cluster.kube,
      clock: systemClock,
      log: () => undefined,
    });
    const reaches = (namespace: string, releaseName: string, version: number, tag: string) =>
      vi.waitFor(async () => {
        for (const program of programs) expect(program.exit()).toBeUndefined();
        const newest = (await engine.history({ namespace, releaseName })).at(-1);
        expect(newest?.version).toBe(version);
        expect(newest?.info.status).toBe('deployed');
        expect(newest?.manifest).toMatch(tag === '' ? /./ : new RegExp(`${image}:${tag}"?$`, 'm'));
      }, waiting);
    const run = (name: string, program: 'fluxd' | 'helm-operator', port: number) =>
      startDeployment({
        ...{ kube: cluster.kube, namespace: 'fluxcd', name, folder, port },
        command: commandOf(program),
      }).then((started) => {
        programs.push(started);
      });

    /** What the page says of a command comes true before the next one. */
    const then: readonly { after: RegExp; comesTrue: (said: string) => Promise<void> }[] = [
      {
        after: /upgrade -i flux /,
        comesTrue: () => run('flux', 'fluxd', fluxPort),
      },
      {
        after: /upgrade -i helm-operator /,
        comesTrue: async () => {
          const identity = ['identity', `--url=http://127.0.0.1:${fluxPort}/api/flux`];
          const shown = await vi.waitFor(() => runToEnd('fluxctl', identity, env, folder), waiting);
          expect(programs[0]?.log()).toContain(shown.trim().split(' ')[1]);
          await ssh.authorize(shown);
          await run('helm-operator', 'helm-operator', operatorPort);
          await reaches('dev', 'podinfo-dev', 1, 'dev-hdtwcel9');
          await reaches('stg', 'podinfo-rc', 1, 'stg-9ij63o4c');
          await reaches('prod', 'podinfo-prod', 1, '0.4.10');
        },
      },
      {
        after: /ci-mock.sh .*-b dev/,
        comesTrue: async (said) => {
          const [, tag = 'none'] = /tagged \S+:(dev-\S+)/.exec(said) ?? [];
          await reaches('dev', 'podinfo-dev', 2, tag);
          await git('pull', '--quiet', '--rebase', 'origin', 'master');
          expect(await git('log', '-1', '--format=%an: %s')).toContain(
            `Auto-release ${image}:${tag}`,
          );
        },
      },
      {
        after: /history podinfo-dev/,
        comesTrue: async (said) => {
          expect(said).toMatch(/^2\s.*deployed/m);
          const file = path.join(clone, 'chart/podinfo/Chart.yaml');
          const chart = await readFile(file, 'utf8');
          await writeFile(file, chart.replace(/^version: .*$/m, 'version: 0.2.1'));
          await push('Chart 0.2.1');
          await reaches('dev', 'podinfo-dev', 3, '');
          await reaches('prod', 'podinfo-prod', 2, '0.4.10');
        },
      },
      {
        after: /ci-mock.sh .*-v 0.4.11/,
        comesTrue: async () => {
          await shell(`hack/ci-mock.sh -r ${image} -v 0.5.0`);
          await reaches('prod', 'podinfo-prod', 3, '0.4.11');
        },
      },
      {
        after: /list-workloads/,
        comesTrue: async (said) => {
          for (const name of ['podinfo-dev', 'podinfo-rc', 'podinfo-prod'])
            expect(said).toContain(`helmrelease/${name}`);
        },
      },
      {
        after: /list-images/,
        comesTrue: async (said) => expect(said).toMatch(/'-> dev-/),
      },
      {
        after: /fluxctl lock/,
        comesTrue: async () => {
          await git('pull', '--quiet', '--rebase', 'origin', 'master');
          const file = path.join(clone, 'releases/prod/podinfo.yaml');
          expect(await readFile(file, 'utf8')).toMatch(/^ {4}fluxcd.io\/locked: ['"]true['"]$/m);
        },
      },
      { after: /fluxctl sync/, comesTrue: async (said) => expect(said).toContain('Done.') },
      {
        after: /get hr -A/,
        comesTrue: async (said) => {
          expect(said.match(/Succeeded/g)).toHaveLength(3);
        },
      },
    ];

    const commands = (await readPage('docs/getting-started.md'))
      .flatMap(({ blocks }) => blocks)
      .filter(({ language }) => language === 'sh')
      .flatMap(commandsOf);
    let checked = 0;
    for (const command of commands) {
      if (elsewhere.some((each) => each.command.test(command))) continue;
      const said = await shell(mine(command)).catch((thrown: unknown) => {
        throw new Error(`${command}\n${logs()}`, { cause: thrown });
      });
      process.stdout.write(`$ ${command}\n${said}\n`);
      for (const { after, comesTrue } of then) {
        if (!after.test(command)) continue;
        checked += 1;
        await comesTrue(said).catch((thrown: unknown) => {
          throw new Error(`after ${command}\n${logs()}`, { cause: thrown });
        });
      }
    }
    // The page and this file tell the same story.
    expect(checked).toBe(then.length);
    for (const { command } of elsewhere)
      expect(commands.filter((each) => command.test(each))).not.toEqual([]);
  },
);

const logs = () =>
  programs.map((program) => `${program.name}:\n${program.log().slice(-4000)}`).join('\n');
