/** Signatures of commits and tags, by the real git, gpg and ssh-keygen. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namespace, refOf, startStage } from './_harness.ts';
import type { Stage } from './_harness.ts';
import { Fields } from './runtime/mod.ts';

const run = promisify(execFile);
let stage: Stage;
/** Short, for the sockets of agents. */
let home: string;
/** Long IDs of primary keys. */
const ids = { you: '', other: '' };
let ssh: { key: string; fingerprint: string };
const gpg = async (...args: string[]) =>
  (await run('gpg', ['--batch', '--homedir', home, '--passphrase', '', ...args])).stdout;

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'gpg'));
  const keys = async (name: string) => {
    await gpg('--quick-gen-key', `${name}@example.com`, 'ed25519', 'sign');
    const listed = await gpg('--with-colons', '--list-keys', `${name}@example.com`);
    return /^fpr:+([0-9A-F]+):/m.exec(listed)?.[1]?.slice(-16) ?? '';
  };
  ids.you = await keys('you');
  ids.other = await keys('other');
  const key = path.join(home, 'ssh');
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  ssh = { key, fingerprint: (await run('ssh-keygen', ['-lf', key])).stdout.split(' ')[1] ?? '' };
  stage = await startStage();
  await stage.secret('you', { 'you.asc': await gpg('--armor', '--export', 'you@example.com') });
  await stage.secret('other', {
    'other.asc': await gpg('--armor', '--export', 'other@example.com'),
  });
  await stage.secret('ssh', { 'you.sshpub': await readFile(`${key}.pub`, 'utf8') });
  await stage.secret('broken', { 'you.asc': 'no key' });
}, 60_000);
afterAll(async () => {
  await stage.close();
  await run('gpgconf', ['--homedir', home, '--kill', 'all']);
  await rm(home, { recursive: true, force: true });
});

const pgp = ['user.signingkey=you@example.com'];
const bySsh = () => ['gpg.format=ssh', `user.signingkey=${ssh.key}`];

/** Makes a repository whose head, and whose tag `v1`, are signed or not. */
async function repository(
  name: string,
  { commit, tag }: { commit?: string[]; tag?: string[] | 'unsigned' | 'light' },
  program = `exec gpg --homedir ${home} "$@"`,
) {
  const url = await stage.sandbox.git.createRepository(name);
  const clone = path.join(stage.folder, `signed-${name}`);
  await mkdir(clone);
  const script = path.join(stage.folder, `gpg-${name}`);
  await writeFile(script, `#!/bin/sh\n${program}\n`, { mode: 0o755 });
  const settings = (more: readonly string[] = []) =>
    ['user.name=You', 'user.email=you@example.com', `gpg.program=${script}`, ...more].flatMap(
      (each) => ['-c', each],
    );
  const git = async (args: readonly string[], more?: readonly string[]) =>
    (await run('git', ['-C', clone, ...settings(more), ...args])).stdout.trim();
  await git(['init', '--quiet', '--initial-branch=master']);
  await writeFile(path.join(clone, 'a.txt'), name);
  await git(['add', '--all']);
  const how = commit === undefined ? ['--no-gpg-sign'] : ['--gpg-sign'];
  await git(['commit', '--quiet', ...how, '--message', 'öl\n\nmore\n'], commit);
  if (tag === 'light') await git(['tag', 'v1']);
  else if (tag === 'unsigned') await git(['tag', '--annotate', '--message', 'one', 'v1']);
  else if (tag !== undefined) await git(['tag', '--sign', '--message', 'one\n\ntwo', 'v1'], tag);
  await git(['push', '--quiet', url, 'master', '--tags']);
  return {
    url,
    commit: await git(['rev-parse', 'HEAD']),
    tag: tag === undefined ? '' : await git(['rev-parse', 'v1']),
  };
}

const watch = (
  name: string,
  url: string,
  verify: Record<string, unknown> | undefined,
  ref: Record<string, string> = { branch: 'master' },
) =>
  stage.apply({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { namespace, name },
    spec: { url, interval: '1m', ref, ...(verify === undefined ? {} : { verify }) },
  });

const kind = 'GitRepository';
const by = (name: string, mode?: string) => ({
  secretRef: { name },
  ...(mode === undefined ? {} : { mode }),
});

describe('spec.verify', () => {
  test('the head: by its key, and not by another', async () => {
    const { url, commit } = await repository('head', { commit: pgp });
    await watch('head', url, by('you', 'head'));
    expect(await stage.says(kind, 'head', 'SourceVerified', 'Succeeded')).toBe(
      `True verified signature of\n\t- commit '${commit}' with key '${ids.you}'`,
    );
    await stage.says(kind, 'head', 'Ready', 'Succeeded');
    const verified = await stage.kube.get(refOf(kind, 'head'));
    expect(new Fields(verified?.['status']).text('sourceVerificationMode')).toBe('HEAD');

    const wrong =
      `False signature verification of commit '${commit}' failed: unable to verify Git commit: ` +
      'unable to verify payload with any of the given key rings: no matching key';
    await watch('head-other', url, by('other'));
    expect(await stage.says(kind, 'head-other', 'Ready', 'InvalidCommitSignature')).toBe(wrong);
    expect(await stage.events('head-other')).toContain(
      `Warning InvalidCommitSignature ${wrong.slice('False '.length)}`,
    );
    const refused = await stage.kube.get(refOf(kind, 'head-other'));
    expect(new Fields(refused?.['status']).has('artifact')).toBe(false);

    await watch('head', url, undefined);
    await stage.until(
      kind,
      'head',
      (now, { metadata }) =>
        now.count('observedGeneration') === metadata.generation &&
        !now.has('sourceVerificationMode') &&
        !now.each('conditions').some((each) => each.text('type') === 'SourceVerified'),
    );
  });

  test('tag and commit, by PGP and by SSH', async () => {
    const byPgp = await repository('both', { commit: pgp, tag: pgp });
    const signed = await repository('both-ssh', { commit: bySsh(), tag: bySsh() });
    await watch('both', byPgp.url, by('you', 'TagAndHEAD'), { tag: 'v1' });
    await watch('both-ssh', signed.url, by('ssh', 'TagAndHEAD'), { semver: '1.x' });
    const said = (key: string, { tag, commit }: { tag: string; commit: string }) =>
      `True verified signature of\n\t- tag 'v1@${tag}' with key '${key}'\n\t- commit '${commit}' with key '${key}'`;
    expect(await stage.says(kind, 'both', 'SourceVerified', 'Succeeded')).toBe(
      said(ids.you, byPgp),
    );
    expect(await stage.says(kind, 'both-ssh', 'SourceVerified', 'Succeeded')).toBe(
      said(ssh.fingerprint, signed),
    );
  });

  test('an expired signature, and one of an expired key', async () => {
    const past = '--faked-system-time 20200101T000000';
    await gpg(
      ...past.split(' '),
      '--quick-gen-key',
      'old@example.com',
      'ed25519',
      'sign',
      'seconds=86400',
    );
    await gpg(
      ...past.split(' '),
      '--quick-gen-key',
      'long@example.com',
      'ed25519',
      'sign',
      'never',
    );
    await stage.secret('old', { 'old.asc': await gpg('--armor', '--export', 'old@example.com') });
    await stage.secret('long', {
      'long.asc': await gpg('--armor', '--export', 'long@example.com'),
    });
    const key = await repository(
      'old-key',
      { commit: ['user.signingkey=old@example.com'] },
      `exec gpg --homedir ${home} ${past} "$@"`,
    );
    const signature = await repository(
      'old-signature',
      { commit: ['user.signingkey=long@example.com'] },
      `exec gpg --homedir ${home} ${past} --default-sig-expire 1d "$@"`,
    );
    await watch('old-key', key.url, by('old'));
    await watch('old-signature', signature.url, by('long'));
    for (const name of ['old-key', 'old-signature'])
      expect(await stage.says(kind, name, 'SourceVerified', 'InvalidCommitSignature')).toMatch(
        /^False .*no matching key$/,
      );
  });

  test.each([
    {
      why: 'the head is not signed',
      has: {},
      verify: by('you'),
      want: ['InvalidCommitSignature', / failed: unsupported signature type: empty$/],
    },
    {
      why: 'the Secret has no SSH keys',
      has: { commit: 'ssh' },
      verify: by('you'),
      want: [
        'InvalidCommitSignature',
        /SSH signature detected but no SSH public keys found in secret \(keys with \.sshpub suffix\)$/,
      ],
    },
    {
      why: 'the keys cannot be read',
      has: { commit: 'pgp' },
      verify: by('broken'),
      want: ['InvalidCommitSignature', /unable to read armored key ring/],
    },
    {
      why: 'there is no Secret',
      has: { commit: 'pgp' },
      verify: by('none'),
      want: ['VerificationError', /^False public keys secret error: secrets "none" not found$/],
    },
    {
      why: 'a branch has no tag',
      has: { commit: 'pgp' },
      verify: by('you', 'Tag'),
      want: [
        'InvalidVerificationMode',
        /^False cannot verify tag object's signature if a tag reference is not specified$/,
      ],
    },
    {
      why: 'the tag is annotated, and not signed',
      has: { commit: 'pgp', tag: 'unsigned' },
      verify: by('you', 'Tag'),
      ref: { tag: 'v1' },
      want: [
        'InvalidGitObject',
        /^False cannot verify signature of tag 'v1@[0-9a-f]{40}' since it is not signed$/,
      ],
    },
    {
      why: 'the tag is only a name',
      has: { commit: 'pgp', tag: 'light' },
      verify: by('you', 'TagAndHEAD'),
      ref: { name: 'refs/tags/v1' },
      want: [
        'InvalidGitObject',
        /^False cannot verify signature of tag 'v1' since it is not signed$/,
      ],
    },
    {
      why: 'the tag is of somebody else',
      has: { commit: 'pgp', tag: 'pgp' },
      verify: by('other', 'Tag'),
      ref: { tag: 'v1' },
      want: [
        'InvalidTagSignature',
        /^False signature verification of tag 'v1@[0-9a-f]{40}' failed: unable to verify Git tag: /,
      ],
    },
  ])('refused: $why', async ({ why, has, verify, ref, want: [reason = '', message = ''] }) => {
    const name = why.toLowerCase().replaceAll(/[^a-z]+/g, '-');
    const how = (key: string) => (key === 'ssh' ? bySsh() : pgp);
    const { url } = await repository(name, {
      ...(has.commit === undefined ? {} : { commit: how(has.commit) }),
      ...(has.tag === undefined
        ? {}
        : { tag: has.tag === 'unsigned' || has.tag === 'light' ? has.tag : how(has.tag) }),
    });
    await watch(name, url, verify, ref);
    expect(await stage.says(kind, name, 'SourceVerified', String(reason))).toMatch(message);
    expect(await stage.says(kind, name, 'Ready', String(reason))).toMatch(message);
  });
});
