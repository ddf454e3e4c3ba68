/** fluxd and Git hosts: SSH with a deploy key, HTTPS with a password, signatures, what git-secret hides. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../lib/runtime/mod.ts';
import { startGitServer } from '../sandbox/mod.ts';
import { openWorld } from './fluxd.ts';
import type { World } from './fluxd.ts';
import { inPod, podsCanBePlayed } from './pod.ts';
import { plant, planted } from './secrets.ts';
import { selfSigned } from './services/certificate.ts';
import { makeGpgKey } from './services/gpg.ts';
import { makeKey, startSshServer } from './services/sshd.ts';

const waiting = { timeout: 90_000, interval: 100 };
/** Ended after each test, the last one opened first. */
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});
const closing = <T extends { close(): Promise<void> }>(each: T): T => {
  open.push(each);
  return each;
};

const pods = await podsCanBePlayed();

/** A line in the middle of a private key. */
const keyLine = (pem: string): string => {
  const line = pem.split('\n')[2] ?? '';
  expect(line.length).toBeGreaterThan(30);
  return line;
};

const deployed = (world: World) =>
  world.kube.get({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: world.namespace,
    name: 'app',
  });

describe('over SSH', () => {
  const setUp = async (namespace: string) => {
    const world = closing(await openWorld(namespace));
    const server = closing(await startSshServer(world.folder));
    await world.repository.commit('app.yaml', world.workload('example.com/app:1'));
    const key = path.join(world.folder, 'key');
    await server.authorize(await makeKey(key));
    await plant('deploy-key', keyLine(await readFile(key, 'utf8')));
    const known = path.join(world.folder, 'known_hosts');
    await writeFile(known, `${server.knownHost}\n`);
    // What ~/.ssh/config does for others.
    await writeFile(
      path.join(world.folder, '.gitconfig'),
      `[core]\nsshCommand = ssh -F none -o BatchMode=yes -o IdentityFile=${key} -o UserKnownHostsFile=${known}\n`,
    );
    return { world, server, known, url: server.url(world.repository.bare) };
  };

  test('syncs, and commits', async () => {
    const { world, url } = await setUp('e2e-ssh');
    const fluxd = await world.startFluxd({ url });
    await world.synced();
    expect(await deployed(world)).toBeDefined();
    await fluxd.fluxctl('lock', '-n', world.namespace, '-w', 'deployment/app', '-m', 'Not now');
    expect((await world.repository.log())[0]).toBe('Weave Flux: Not now');
    await world.synced();
    expect((await deployed(world))?.metadata.annotations).toMatchObject({
      'fluxcd.io/locked': 'true',
    });
  });

  test('a host whose key is another one is not trusted', async () => {
    const { world, server, known, url } = await setUp('e2e-ssh-stranger');
    const other = await makeKey(path.join(world.folder, 'other'));
    await writeFile(known, `${server.knownHost.split(' ')[0] ?? ''} ${other}\n`);
    const fluxd = await world.startFluxd({ url });
    await vi.waitFor(() => {
      expect(fluxd.log()).toContain('Host key verification failed');
    }, waiting);
    expect(await deployed(world)).toBeUndefined();
    // The right key, and the daemon goes on by itself.
    await writeFile(known, `${server.knownHost}\n`);
    await world.synced();
  });

  test.skipIf(!pods)(
    'in a pod: a key is made, kept in the Secret, and shown; once the host knows it, all is synced',
    async () => {
      const { world, server, url } = await setUp('e2e-ssh-pod');
      const pod = await inPod(world, { knownHosts: `${server.knownHost}\n` });
      const secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'flux-git-deploy', namespace: world.namespace },
      };
      await world.kube.create(secret);
      await mkdir(path.join(world.folder, 'keygen'));
      const fluxd = await world.startFluxd({
        url,
        within: pod.within,
        env: { ...pod.env, KUBECONFIG: '' },
        args: [
          `--ssh-keygen-dir=${path.join(world.folder, 'keygen')}`,
          `--k8s-secret-volume-mount-path=${path.join(world.folder, 'nothing-mounted')}`,
        ],
      });
      const shown = await vi.waitFor(() => fluxd.fluxctl('identity'), waiting);
      await vi.waitFor(() => {
        expect(fluxd.log()).toContain('Permission denied (publickey)');
      }, waiting);
      expect(await deployed(world)).toBeUndefined();
      const stored = await world.kube.get<typeof secret & { data?: Record<string, string> }>({
        apiVersion: 'v1',
        kind: 'Secret',
        namespace: world.namespace,
        name: 'flux-git-deploy',
      });
      const pub = Buffer.from(stored?.data?.['identity.pub'] ?? '', 'base64').toString();
      expect(pub.trim()).toBe(shown.trim());
      const made = Buffer.from(stored?.data?.['identity'] ?? '', 'base64').toString();
      await plant('generated-key', keyLine(made));
      expect(fluxd.log()).toContain(shown.trim().split(' ')[1]);
      const blob = Buffer.from(shown.split(' ')[1] ?? '', 'base64');
      const md5 = createHash('md5').update(blob).digest('hex').match(/../g)?.join(':');
      expect((await fluxd.fluxctl('identity', '-l')).trim()).toBe(md5);
      await server.authorize(shown);
      await world.synced();
      expect(await deployed(world)).toBeDefined();
    },
  );
});

describe('over HTTPS', () => {
  const setUp = async (namespace: string) => {
    const world = closing(await openWorld(namespace));
    const credentials = { username: 'flux', password: await planted('git-password') };
    const tls = selfSigned(systemClock.now());
    const server = closing(
      await startGitServer({ env: process.env, folder: world.folder, credentials, tls }),
    );
    await writeFile(path.join(world.folder, 'ca.pem'), tls.cert);
    await writeFile(
      path.join(world.folder, '.gitconfig'),
      `[http]\nsslCAInfo = ${path.join(world.folder, 'ca.pem')}\n`,
    );
    await world.repository.commit('app.yaml', world.workload('example.com/app:1'));
    const url = (password = credentials.password) => {
      const whole = new URL(`${server.url}/config.git`);
      whole.username = credentials.username;
      whole.password = encodeURIComponent(password);
      return whole.href;
    };
    return { world, url };
  };

  test('with the right password it syncs', async () => {
    const { world, url } = await setUp('e2e-https');
    const fluxd = await world.startFluxd({ url: url() });
    await world.synced();
    await fluxd.fluxctl('lock', '-n', world.namespace, '-w', 'deployment/app', '-m', 'Not now');
    expect((await world.repository.log())[0]).toBe('Weave Flux: Not now');
  });

  test('a wrong password is refused', async () => {
    const { world, url } = await setUp('e2e-https-wrong');
    const guessed = await planted('wrong-git-password');
    const fluxd = await world.startFluxd({ url: url(guessed) });
    await vi.waitFor(() => {
      expect(fluxd.log()).toMatch(/Authentication failed|could not read Username|401/i);
    }, waiting);
    expect(await deployed(world)).toBeUndefined();
  });

  test('a certificate that nobody vouches for is refused', async () => {
    const { world, url } = await setUp('e2e-https-stranger');
    await writeFile(path.join(world.folder, '.gitconfig'), '');
    const fluxd = await world.startFluxd({ url: url() });
    await vi.waitFor(() => {
      expect(fluxd.log()).toMatch(/certificate/i);
    }, waiting);
    expect(await deployed(world)).toBeUndefined();
  });
});

describe('signatures', () => {
  test('what is signed is synced, what is not is not; our own commits are signed', async () => {
    const world = closing(await openWorld('e2e-signed'));
    const { repository } = world;
    const user = await makeGpgKey(world.folder, 'you@example.com');
    const robot = await makeGpgKey(world.folder, 'flux@example.com');
    const sign = `--gpg-sign=${user.fingerprint}`;
    await repository.git('commit', '--quiet', '--amend', '--no-edit', sign);
    await repository.git('push', '--quiet', '--force', 'origin', 'HEAD:master');
    const commit = (image: string, ...options: string[]) =>
      repository.commit('app.yaml', world.workload(image), ...options);
    await commit('example.com/app:1', sign);
    const daemonHome = path.join(world.folder, 'daemon-gpg');
    await mkdir(daemonHome, { mode: 0o700 });
    const fluxd = await world.startFluxd({
      url: `file://${repository.bare}`,
      env: { GNUPGHOME: daemonHome },
      args: [
        `--git-gpg-key-import=${user.secretFile},${robot.secretFile}`,
        `--git-signing-key=${robot.fingerprint}`,
        '--git-verify-signatures-mode=all',
        '--git-email=flux@example.com',
      ],
    });
    await world.synced();
    await fluxd.fluxctl('lock', '-n', world.namespace, '-w', 'deployment/app', '-m', 'Not now');
    await world.synced();
    const shown = await repository.git('log', '-1', '--format=%G? %GF', 'origin/master');
    expect(shown.trim()).toBe(`G ${robot.fingerprint}`);

    const last = await repository.git('rev-parse', 'origin/master');
    const bad = await commit('example.com/app:bad');
    await vi.waitFor(() => {
      expect(fluxd.log()).toContain(bad);
    }, waiting);
    await repository.git('fetch', '--quiet', '--force', '--tags', 'origin');
    expect(await repository.git('rev-parse', 'flux-sync^{commit}')).toBe(last);
    expect(JSON.stringify(await deployed(world))).not.toContain('app:bad');
  });
});

test('what git-secret hides is revealed, applied, and stays hidden in Git', async () => {
  const world = closing(await openWorld('e2e-git-secret'));
  const { repository } = world;
  const robot = await makeGpgKey(world.folder, 'flux@example.com', 'encrypt');
  const password = await planted('hidden-password');
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'hidden', namespace: world.namespace },
    stringData: { password },
  };
  const clone = (await repository.git('rev-parse', '--show-toplevel')).trim();
  await repository.git('secret', 'init');
  await repository.git('secret', 'tell', 'flux@example.com');
  await writeFile(path.join(clone, 'hidden.yaml'), JSON.stringify(secret));
  await repository.git('secret', 'add', 'hidden.yaml');
  await repository.git('secret', 'hide');
  await repository.git('add', '--all');
  await repository.git('commit', '--quiet', '--message=Hide a Secret');
  await repository.git('push', '--quiet', 'origin', 'HEAD:master');
  const names = (await repository.git('ls-tree', '-r', '--name-only', 'origin/master')).split('\n');
  expect(names).toContain('hidden.yaml.secret');
  expect(names).not.toContain('hidden.yaml');

  const daemonHome = path.join(world.folder, 'daemon-gpg');
  await mkdir(daemonHome, { mode: 0o700 });
  await world.startFluxd({
    url: `file://${repository.bare}`,
    env: { GNUPGHOME: daemonHome },
    args: ['--git-secret', `--git-gpg-key-import=${robot.secretFile}`],
  });
  await world.synced();
  const { apiVersion, kind, metadata } = secret;
  const live = await world.kube.get<typeof secret & { data: { password: string } }>({
    ...{ apiVersion, kind },
    ...metadata,
  });
  expect(Buffer.from(live?.data.password ?? '', 'base64').toString()).toBe(password);
});
