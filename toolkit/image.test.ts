/** Image automation on the sandbox: a real registry in, real Git out. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namespace, push, refOf, startStage } from './_harness.ts';
import type { Stage } from './_harness.ts';
import { Fields } from './runtime/mod.ts';

const run = promisify(execFile);

let stage: Stage;
let host: string;
beforeAll(async () => {
  stage = await startStage(['--requeue-dependency=1s']);
  ({ host } = stage.sandbox.registry);
}, 60_000);
afterAll(async () => {
  await stage.close();
});

const image = (kind: string, name: string, spec: Record<string, unknown>, version = 'v1') =>
  stage.apply({
    apiVersion: `image.toolkit.fluxcd.io/${version}`,
    kind,
    metadata: { namespace, name },
    spec,
  });
const seed = (repository: string, ...tags: string[]) =>
  tags.map((tag) => stage.sandbox.registry.seedImage(repository, tag, { labels: { tag } }));
const ask = (kind: string, name: string) =>
  stage.kube.patch(refOf(kind, name), 'merge', {
    metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': String(performance.now()) } },
  });
const statusOf = async (kind: string, name: string) =>
  new Fields((await stage.kube.get(refOf(kind, name)))?.['status']);
const repository = (name: string, more: Record<string, unknown> = {}) =>
  image('ImageRepository', name, {
    image: `${host}/us/${name}`,
    interval: '1h',
    insecure: true,
    ...more,
  });
const policy = (name: string, spec: Record<string, unknown> = {}) =>
  image('ImagePolicy', name, {
    imageRepositoryRef: { name },
    policy: { semver: { range: '>=1.0.0' } },
    ...spec,
  });
const marker = (name: string) => `# {"$imagepolicy": "${namespace}:${name}"}`;

describe('ImageRepository', () => {
  test('tags, without those that are excluded', async () => {
    seed('us/scanned', '1.0.0', '1.1.0', 'latest', 'sha256-abc.sig');
    await image(
      'ImageRepository',
      'scanned',
      { image: `${host}/us/scanned`, interval: '1h', insecure: true },
      'v1beta2',
    );
    const message = await stage.says('ImageRepository', 'scanned', 'Ready', 'Succeeded');
    const status = await statusOf('ImageRepository', 'scanned');
    const last = status.at('lastScanResult');
    expect(message).toBe(
      `True successful scan: found 3 tags with checksum ${last.text('revision') ?? ''}`,
    );
    expect(last.value).toMatchObject({ tagCount: 3, latestTags: ['latest', '1.1.0', '1.0.0'] });
    expect(status.text('canonicalImageName')).toBe(`${host}/us/scanned`);
    expect(status.texts('observedExclusionList')).toEqual(['^.*\\.sig$']);
    seed('us/scanned', '1.2.0');
    await ask('ImageRepository', 'scanned');
    await stage.until(
      'ImageRepository',
      'scanned',
      (now) => now.at('lastScanResult').count('tagCount') === 4,
    );
    await expect
      .poll(() => stage.events('scanned'))
      .toContainEqual(expect.stringMatching(/^Normal Succeeded successful scan: found 4 tags/));
  });

  test.each([
    {
      why: 'scheme',
      spec: { image: 'https://ghcr.io/us/app' },
      reason: 'ImageURLInvalid',
      message:
        "False image 'https://ghcr.io/us/app' should not include URL scheme; remove 'https://'",
    },
    {
      why: 'tag',
      spec: { image: 'ghcr.io/us/app:v1' },
      reason: 'ImageURLInvalid',
      message: "False image 'ghcr.io/us/app:v1' should not include a tag; remove ':v1'",
    },
    {
      why: 'secret',
      spec: { image: 'ghcr.io/us/app', secretRef: { name: 'nothing' } },
      reason: 'AuthenticationFailed',
      message: 'False failed to configure authentication options: secrets "nothing" not found',
    },
  ])('wrong $why', async ({ why, spec, reason, message }) => {
    await image('ImageRepository', `wrong-${why}`, { interval: '1h', ...spec });
    expect(await stage.says('ImageRepository', `wrong-${why}`, 'Ready', reason)).toBe(message);
  });

  test('a repository that is not there', async () => {
    await repository('missing');
    const message = await stage.says('ImageRepository', 'missing', 'Ready', 'ReadOperationFailed');
    expect(message).toMatch(/^False scan failed: /);
  });
});

describe('ImagePolicy', () => {
  test('the newest version; a newer one is seen, and what was before', async () => {
    seed('us/chosen', '1.0.0', '0.9.0', '2.0.0-rc.1');
    await repository('chosen');
    await policy('chosen');
    expect(await stage.says('ImagePolicy', 'chosen', 'Ready', 'Succeeded')).toBe(
      `True Latest image tag for ${host}/us/chosen resolved to 1.0.0`,
    );
    seed('us/chosen', '1.1.0');
    await ask('ImageRepository', 'chosen');
    await stage.until(
      'ImagePolicy',
      'chosen',
      (status) => status.at('latestRef').text('tag') === '1.1.0',
    );
    const status = await statusOf('ImagePolicy', 'chosen');
    expect(status.value).toMatchObject({
      latestRef: { name: `${host}/us/chosen`, tag: '1.1.0' },
      observedPreviousRef: { name: `${host}/us/chosen`, tag: '1.0.0' },
      latestImage: `${host}/us/chosen:1.1.0`,
    });
    expect(await stage.says('ImagePolicy', 'chosen', 'Ready', 'Succeeded')).toBe(
      `True Latest image tag for ${host}/us/chosen resolved to 1.1.0 (previously ${host}/us/chosen:1.0.0)`,
    );
  });

  test('digests, when they are wanted', async () => {
    const [digest] = seed('us/digest', '1.0.0');
    await repository('digest');
    await policy('digest', { digestReflectionPolicy: 'IfNotPresent' });
    expect(await stage.says('ImagePolicy', 'digest', 'Ready', 'Succeeded')).toBe(
      `True Latest image tag for ${host}/us/digest resolved to 1.0.0 with digest ${digest ?? ''}`,
    );
    await policy('digest', { digestReflectionPolicy: 'Always' });
    await stage.says('ImagePolicy', 'digest', 'Stalled', 'IntervalNotConfigured');
    const moved = stage.sandbox.registry.seedImage('us/digest', '1.0.0', { labels: { a: 'b' } });
    await policy('digest', { digestReflectionPolicy: 'Always', interval: '1m' });
    await stage.until(
      'ImagePolicy',
      'digest',
      (status) => status.at('latestRef').text('digest') === moved,
    );
  });

  test('no repository; none of the tags; no policy at all', async () => {
    await policy('alone');
    expect(await stage.says('ImagePolicy', 'alone', 'Ready', 'DependencyNotReady')).toBe(
      'False failed to get the referred ImageRepository: referenced ImageRepository does not exist: ImageRepository.image.toolkit.fluxcd.io "alone" not found',
    );
    seed('us/alone', 'latest');
    await repository('alone');
    expect(await stage.says('ImagePolicy', 'alone', 'Ready', 'Failure')).toBe(
      'False unable to determine latest version from provided list',
    );
    await policy('alone', { policy: { semver: { range: 'no range' } } });
    expect(await stage.says('ImagePolicy', 'alone', 'Stalled', 'InvalidPolicy')).toMatch(
      /^True invalid policy: /,
    );
  });
});

describe('ImageUpdateAutomation', () => {
  /** A GitRepository, and how its branches stand. */
  const gitRepository = async (name: string, files: Record<string, string>) => {
    const url = await stage.sandbox.git.createRepository(name);
    await push(stage.folder, url, files, { branch: 'main' });
    await stage.apply({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { namespace, name },
      spec: { url, interval: '1h', ref: { branch: 'main' } },
    });
    const look = async <T>(branch: string, work: (folder: string) => Promise<T>): Promise<T> => {
      const clone = await mkdtemp(path.join(stage.folder, 'look'));
      await run('git', ['clone', '--quiet', '--branch', branch, url, clone]);
      return work(clone);
    };
    return {
      url,
      read: (file: string, branch = 'main') =>
        look(branch, (folder) => readFile(path.join(folder, file), 'utf8')),
      log: (format: string, branch = 'main') =>
        look(branch, async (folder) =>
          (await run('git', ['-C', folder, 'log', `--format=${format}`])).stdout.trim(),
        ),
    };
  };
  const automation = (name: string, more: Record<string, unknown> = {}, git = {}) =>
    image('ImageUpdateAutomation', name, {
      interval: '1h',
      sourceRef: { kind: 'GitRepository', name },
      git: {
        commit: { author: { name: 'bot', email: 'bot@example.com' } },
        ...git,
      },
      update: { strategy: 'Setters', path: './apps' },
      ...more,
    });
  const pushed = (name: string) =>
    stage.until(
      'ImageUpdateAutomation',
      name,
      (status, { metadata }) =>
        status.text('lastPushCommit') !== undefined &&
        status.count('observedGeneration') === metadata.generation,
    );

  test('one line for an image, and no other character', async () => {
    seed('us/web', '1.0.0', '1.1.0');
    await repository('web');
    await policy('web');
    await stage.says('ImagePolicy', 'web', 'Ready', 'Succeeded');
    const manifest = (tag: string) => `# first
apiVersion: apps/v1
kind:   Deployment\r
metadata: {name: web, namespace: prod}
spec:
    image:   "${host}/us/web:${tag}"   ${marker('web')}
    args: [ a,b ] # {"$imagepolicy": "other:web"}
---
name: 'x'
newTag: '${tag}' # {"$imagepolicy": "${namespace}:web:tag"}
`;
    const broken = `{{ template }} ${marker('web')}\n  a: b: c\n`;
    const git = await gitRepository('web', {
      'apps/web.yaml': manifest('1.0.0'),
      'apps/deep/kustomization.yml': `images:\n- newName: old ${marker('web:name')}\n`,
      'apps/broken.yaml': broken,
      'apps/readme.md': `image: x:1 ${marker('web')}\n`,
      'other/web.yaml': manifest('1.0.0'),
    });
    await automation(
      'web',
      {},
      {
        commit: {
          author: { name: 'bot', email: 'bot@example.com' },
          messageTemplateValues: { cluster: 'one' },
          messageTemplate:
            '[{{ .Values.cluster }}] {{ range .Changed.Changes }}{{ .OldValue }} -> {{ .NewValue }}\n{{ end }}',
        },
      },
    );
    const object = await pushed('web');
    expect(await git.read('apps/web.yaml')).toBe(manifest('1.1.0'));
    expect(await git.read('apps/broken.yaml')).toBe(broken);
    expect(await git.read('apps/readme.md')).toBe(`image: x:1 ${marker('web')}\n`);
    expect(await git.read('apps/deep/kustomization.yml')).toBe(
      `images:\n- newName: ${host}/us/web # {"$imagepolicy": "${namespace}:web:name"}\n`,
    );
    expect(await git.read('other/web.yaml')).toBe(manifest('1.0.0'));
    const [who, subject] = (await git.log('%an <%ae>%n%s')).split('\n');
    expect([who, subject]).toEqual([
      'bot <bot@example.com>',
      `[one] old -> ${host}/us/web ${host}/us/web:1.0.0 -> ${host}/us/web:1.1.0 1.0.0 -> 1.1.0`,
    ]);
    const hash = (await git.log('%H')).split('\n')[0] ?? '';
    expect(new Fields(object['status']).value).toMatchObject({
      lastPushCommit: hash,
      observedSourceRevision: `main@sha1:${hash}`,
      observedPolicies: { web: { name: `${host}/us/web`, tag: '1.1.0' } },
    });
    expect(await stage.says('ImageUpdateAutomation', 'web', 'Ready', 'Succeeded')).toBe(
      'True repository up-to-date',
    );
    await expect
      .poll(() => stage.events('web'))
      .toContainEqual(
        expect.stringMatching(
          new RegExp(`^Normal Succeeded pushed commit '${hash.slice(0, 7)}' to branch 'main'\n`),
        ),
      );
    // A newer tag arrives without anybody asking the automation.
    seed('us/web', '1.2.0');
    await ask('ImageRepository', 'web');
    await stage.until(
      'ImageUpdateAutomation',
      'web',
      (status) => status.text('lastPushCommit') !== hash,
    );
    expect(await git.read('apps/web.yaml')).toBe(manifest('1.2.0'));
    expect((await git.log('%H')).split('\n')).toHaveLength(3);
    await ask('ImageUpdateAutomation', 'web');
    await expect
      .poll(() => stage.events('web'))
      .toContain('Normal Succeeded no change since last reconciliation');
  });

  test('another branch, and a refspec besides; options are for servers that know of them', async () => {
    seed('us/branch', '1.0.0', '1.1.0');
    await repository('branch');
    await policy('branch');
    await stage.says('ImagePolicy', 'branch', 'Ready', 'Succeeded');
    const text = (tag: string) => `image: ${host}/us/branch:${tag} ${marker('branch')}\n`;
    const git = await gitRepository('branch', { 'apps/a.yaml': text('1.0.0') });
    await automation(
      'branch',
      {},
      {
        push: {
          branch: 'auto',
          refspec: 'refs/heads/auto:refs/heads/copy',
          options: { topic: 'images' },
        },
      },
    );
    const object = await pushed('branch');
    expect(await git.read('apps/a.yaml')).toBe(text('1.0.0'));
    expect(await git.read('apps/a.yaml', 'auto')).toBe(text('1.1.0'));
    expect(await git.read('apps/a.yaml', 'copy')).toBe(text('1.1.0'));
    const main = (await git.log('%H')).split('\n')[0] ?? '';
    expect(new Fields(object['status']).text('observedSourceRevision')).toBe(`main@sha1:${main}`);
    // What the branch holds already is gone on with.
    seed('us/branch', '1.2.0');
    await ask('ImageRepository', 'branch');
    await expect
      .poll(() => git.read('apps/a.yaml', 'auto'), { timeout: 10_000 })
      .toBe(text('1.2.0'));
    expect((await git.log('%s', 'auto')).split('\n')).toHaveLength(3);
  });

  test('somebody else pushes first: it is done again on what they pushed', async () => {
    seed('us/race', '1.0.0', '1.1.0');
    await repository('race');
    await policy('race');
    await stage.says('ImagePolicy', 'race', 'Ready', 'Succeeded');
    const text = (tag: string) => `image: ${host}/us/race:${tag} ${marker('race')}\n`;
    const git = await gitRepository('race', { 'apps/a.yaml': text('1.0.0') });
    // The branch moves on while the automation is at work.
    const other = await mkdtemp(path.join(tmpdir(), 'race'));
    await run('git', ['clone', '--quiet', '--branch', 'main', git.url, other]);
    const racing = (async () => {
      for (let count = 0; count < 3; count += 1) {
        await writeFile(path.join(other, `by-others-${count}`), 'text');
        const at = ['-C', other, '-c', 'user.name=You', '-c', 'user.email=you@example.com'];
        await run('git', [...at, 'add', '--all']);
        await run('git', [...at, 'commit', '--quiet', '--message', 'others']);
        await run('git', [...at, 'pull', '--quiet', '--rebase', 'origin', 'main']);
        await run('git', [...at, 'push', '--quiet', 'origin', 'HEAD:refs/heads/main']).catch(
          () => undefined,
        );
      }
    })();
    await automation('race');
    await pushed('race');
    await racing;
    await rm(other, { recursive: true });
    expect(await git.read('apps/a.yaml')).toBe(text('1.1.0'));
    const subjects = (await git.log('%s')).split('\n');
    expect(
      subjects.filter((subject) => subject === 'Update from image update automation'),
    ).toHaveLength(1);
    expect(subjects.filter((subject) => subject === 'others').length).toBeGreaterThan(0);
  });

  test('signed with an SSH key that has a password', async () => {
    seed('us/signed', '1.0.0', '1.1.0');
    await repository('signed');
    await policy('signed');
    await stage.says('ImagePolicy', 'signed', 'Ready', 'Succeeded');
    const file = path.join(stage.folder, 'signing-key');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'pass word', '-f', file]);
    const encode = (text: string) => Buffer.from(text).toString('base64');
    await stage.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: 'signing' },
      data: { identity: encode(await readFile(file, 'utf8')), password: encode('pass word') },
    });
    const text = (tag: string) => `image: ${host}/us/signed:${tag} ${marker('signed')}\n`;
    const git = await gitRepository('signed', { 'apps/a.yaml': text('1.0.0') });
    await automation(
      'signed',
      {},
      {
        commit: {
          author: { email: 'bot@example.com' },
          signingKey: { type: 'ssh', secretRef: { name: 'signing' } },
        },
      },
    );
    await pushed('signed');
    const allowed = path.join(stage.folder, 'allowed');
    await writeFile(allowed, `bot@example.com ${await readFile(`${file}.pub`, 'utf8')}`);
    const clone = await mkdtemp(path.join(stage.folder, 'verify'));
    await run('git', ['clone', '--quiet', '--branch', 'main', git.url, clone]);
    const { stderr } = await run('git', [
      ...['-C', clone, '-c', `gpg.ssh.allowedSignersFile=${allowed}`],
      ...['verify-commit', 'HEAD'],
    ]);
    expect(stderr).toMatch(/Good "git" signature for bot@example\.com/);
  });

  test('signed with an OpenPGP key that has a passphrase', async () => {
    seed('us/sealed', '1.0.0', '1.1.0');
    await repository('sealed');
    await policy('sealed');
    await stage.says('ImagePolicy', 'sealed', 'Ready', 'Succeeded');
    const home = await mkdtemp(path.join(tmpdir(), 'gpg'));
    const gpg = async (...args: string[]) =>
      (
        await run(
          'gpg',
          ['--batch', '--no-tty', '--pinentry-mode', 'loopback', '--passphrase', 'secret', ...args],
          { env: { ...process.env, GNUPGHOME: home } },
        )
      ).stdout;
    await gpg('--quick-generate-key', 'bot <bot@example.com>', 'ed25519', 'sign', 'never');
    const encode = (text: string) => Buffer.from(text).toString('base64');
    await stage.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: 'sealing' },
      data: {
        'git.asc': encode(await gpg('--armor', '--export-secret-keys')),
        passphrase: encode('secret'),
      },
    });
    const text = (tag: string) => `image: ${host}/us/sealed:${tag} ${marker('sealed')}\n`;
    const git = await gitRepository('sealed', { 'apps/a.yaml': text('1.0.0') });
    await automation(
      'sealed',
      {},
      {
        commit: {
          author: { name: 'bot', email: 'bot@example.com' },
          signingKey: { secretRef: { name: 'sealing' } },
        },
      },
    );
    await pushed('sealed');
    const clone = await mkdtemp(path.join(stage.folder, 'verify'));
    await run('git', ['clone', '--quiet', '--branch', 'main', git.url, clone]);
    const { stderr } = await run('git', ['-C', clone, 'verify-commit', 'HEAD'], {
      env: { ...process.env, GNUPGHOME: home },
    });
    expect(stderr).toMatch(/Good signature from "bot <bot@example\.com>"/);
    await run('gpgconf', ['--kill', 'gpg-agent'], { env: { ...process.env, GNUPGHOME: home } });
    await rm(home, { recursive: true, force: true });
  });

  test.each([
    {
      why: 'no-source',
      spec: {},
      type: 'Ready',
      reason: 'SourceManagerFailed',
      message: /^False failed configuring source manager: referenced git repository does not exist/,
    },
    {
      why: 'no-git',
      spec: { git: null },
      type: 'Stalled',
      reason: 'InvalidSourceConfiguration',
      message:
        /^True source kind 'GitRepository' necessitates field \.spec\.git: invalid source configuration$/,
    },
    {
      why: 'selector',
      spec: { policySelector: { matchExpressions: [{ key: 'a', operator: 'Perhaps' }] } },
      type: 'Stalled',
      reason: 'InvalidPolicySelector',
      message: /^True failed to parse policy selector: "Perhaps" is not a valid label selector/,
    },
  ])('$why', async ({ why, spec, type, reason, message }) => {
    await automation(why, spec);
    expect(await stage.says('ImageUpdateAutomation', why, type, reason)).toMatch(message);
  });

  test('removed fields, paths out of the repository', async () => {
    seed('us/wrong', '1.0.0', '1.1.0');
    await repository('wrong');
    await policy('wrong');
    await stage.says('ImagePolicy', 'wrong', 'Ready', 'Succeeded');
    await gitRepository('wrong', {
      'apps/a.yaml': `image: ${host}/us/wrong:1.0.0 ${marker('wrong')}\n`,
    });
    await automation(
      'wrong',
      {},
      { commit: { author: { email: 'a@b.c' }, messageTemplate: '{{ .Updated.Files }}' } },
    );
    expect(
      await stage.says('ImageUpdateAutomation', 'wrong', 'Stalled', 'RemovedTemplateField'),
    ).toMatch(/^True template uses removed '\.Updated' field\. Please use '\.Changed' instead/);
    await automation('wrong', { update: { strategy: 'Setters', path: '../../../etc' } });
    expect(await stage.says('ImageUpdateAutomation', 'wrong', 'Ready', 'UpdateFailed')).toMatch(
      /^False failed to apply policies: /,
    );
  });
});
