import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hidePasswords } from '../../lib/git/mod.ts';
import { buildWithRemotes, filesOfMap, yamlOf } from '../../lib/kustomize/mod.ts';
import { messageOf, systemClock } from '../../lib/runtime/mod.ts';
import { startGitServer } from '../../sandbox/mod.ts';
import type { SandboxGitServer } from '../../sandbox/mod.ts';
import { openRemotes } from './remotes.ts';

const run = promisify(execFile);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const map = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;

let folder: string;
let git: SandboxGitServer;
let site: { url: string; asked: string[]; close(): Promise<unknown> };

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'toolkit-remotes'));
  git = await startGitServer({ env: process.env });
  site = await startSite();
  const work = path.join(folder, 'work');
  const files = {
    'base/kustomization.yaml': 'resources: [map.yaml, link.yaml]\n',
    'base/map.yaml': map('one'),
    'base/two.yaml': map('two'),
    'outside/kustomization.yaml': 'resources: [passwd]\n',
    'mine/kustomization.yaml': 'configMapGenerator: [{name: x, files: [big]}]\n',
    'mine/big': 'x'.repeat(5000),
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(work, name)), { recursive: true });
    await writeFile(path.join(work, name), text);
  }
  await symlink('two.yaml', path.join(work, 'base/link.yaml'));
  await symlink('/etc/passwd', path.join(work, 'outside/passwd'));
  const at = ['-C', work, '-c', 'user.name=You', '-c', 'user.email=you@example.com'];
  await git.createRepository('bases');
  await run('git', [...at, 'init', '--quiet', '--initial-branch=master']);
  await run('git', [...at, 'add', '--all']);
  await run('git', [...at, 'commit', '--quiet', '--message', 'bases']);
  await run('git', [...at, 'push', '--quiet', git.repositoryFolder('bases'), 'master']);
  const url = `file://${git.repositoryFolder('bases')}`;
  const allowed = [...at, '-c', 'protocol.file.allow=always'];
  await run('git', [...allowed, 'submodule', '--quiet', 'add', url, 'inner']);
  await run('git', [...at, 'commit', '--quiet', '--all', '--message', 'with a module']);
  await run('git', [...at, 'push', '--quiet', git.repositoryFolder('bases'), 'master:module']);
}, 30_000);

afterAll(async () => {
  await site.close();
  await git.close();
  await rm(folder, { recursive: true, force: true });
});

async function startSite() {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.url ?? ''} ${request.headers.authorization ?? ''}`.trim());
    if (request.url === '/map.yaml') response.end(map('by-http'));
    else if (request.url === '/moved.yaml')
      response.writeHead(302, { location: '/map.yaml' }).end();
    else if (request.url === '/large') response.end('x'.repeat(2000));
    else if (request.url?.startsWith('/silent') !== true) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}

/** Names of what is built, or what went wrong. */
async function built(address: string, limits = {}): Promise<string> {
  const workFolder = await mkdtemp(path.join(folder, 'build'));
  const files = filesOfMap(
    new Map([['/app/kustomization.yaml', `resources: [${JSON.stringify(address)}]\n`]]),
  );
  const remotes = openRemotes({
    workFolder,
    env: process.env,
    clock: systemClock,
    signal: new AbortController().signal,
    ...limits,
  });
  try {
    const objects = await buildWithRemotes({ files, path: '/app', sha256 }, remotes);
    return [...yamlOf(objects).matchAll(/ {2}name: (\S+)/g)].map(([, name]) => name).join(' ');
  } catch (thrown) {
    return messageOf(thrown);
  } finally {
    await remotes.close();
    expect(await readdir(workFolder)).toEqual([]);
  }
}

test.each(['/map.yaml', '/moved.yaml'])('a file by HTTP: %s', async (name) => {
  expect(await built(site.url + name)).toBe('by-http');
});

test('user and password of an address are sent, as it says', async () => {
  await built(site.url.replace('//', '//you:secret@') + '/map.yaml');
  expect(site.asked.at(-1)).toBe('/map.yaml Basic eW91OnNlY3JldA==');
});

test('a folder of a repository, and links within', async () => {
  expect(await built(`${git.url}/bases.git//base?ref=master`)).toBe('one two');
});

test('a repository behind a password, which no message shows', async () => {
  const credentials = { username: 'you', password: 'clone-secret' };
  const server = await startGitServer({ env: process.env, credentials });
  try {
    await server.createRepository('bases', { fromFolder: path.join(folder, 'work/mine') });
    const address = (password: string) =>
      `${server.url.replace('//', `//you:${password}@`)}/bases.git?ref=master`;
    expect(await built(address('clone-secret'))).toMatch(/^x-/);
    const refused = await built(address('wrong-secret'));
    expect(refused).toContain("failed to run 'git fetch --depth=1 http://127.0.0.1:");
    expect(hidePasswords(refused)).not.toMatch(/(clone|wrong)-secret/);
    expect(refused.slice(refused.indexOf("failed to run 'git fetch"))).not.toContain(
      'wrong-secret',
    );
  } finally {
    await server.close();
  }
});

test.each([
  { why: 'no file', address: () => `${site.url}/gone`, says: 'HTTP Error: status code 404 (Not F' },
  {
    why: 'no revision',
    address: () => `${git.url}/bases.git//base?ref=v9`,
    says: "v9': fatal: couldn't find remote ref v9\n: exit status 128",
  },
  {
    why: 'a link out of the clone',
    address: () => `${git.url}/bases.git//outside`,
    says: "security; file '/kustomize-1/outside/passwd' is not in or below '/kustomize-1/outside'",
  },
  {
    why: 'files of the machine',
    address: () => `file://${git.repositoryFolder('bases')}//base`,
    says: "fatal: transport 'file' not allowed",
  },
  {
    why: 'files of the machine by way of a submodule',
    address: () => `${git.url}/bases.git//base?ref=module`,
    says: "fatal: transport 'file' not allowed",
  },
  {
    why: 'a revision that looks like an option',
    address: () => `${git.url}/bases.git//base?ref=--upload-pack=true`,
    says: "fatal: couldn't find remote ref --upload-pack=true",
  },
  {
    why: 'a server that does not answer',
    address: () => `git::${site.url}/silent/x.git?timeout=3s`,
    says: "hit 3s timeout running 'git fetch --depth=1 http://",
  },
])('$why', async ({ address, says }) => {
  expect(await built(address())).toContain(says);
});

test('a submodule is left out when the address says so', async () => {
  expect(await built(`${git.url}/bases.git//base?ref=module&submodules=false`)).toBe('one two');
});

test('limits', async () => {
  expect(await built(`${site.url}/large`, { mostFileBytes: 1000 })).toContain(
    'more than 1000 bytes',
  );
  expect(await built(`${git.url}/bases.git//mine`, { mostCloneBytes: 4000 })).toContain(
    'the clone is larger than 4000 bytes',
  );
});
