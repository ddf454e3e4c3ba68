/** The snapshot as a repository of the sandbox, under the URLs by which charts ask for it. */
import path from 'node:path';
import { readFile, writeFile } from 'node:fs/promises';
import { readDocuments, valueAt } from '../../lib/manifest/mod.ts';
import { runProgram } from '../../lib/runtime/mod.ts';
import type { SandboxGitServer } from '../../sandbox/mod.ts';
import { filesBelow } from '../files.ts';
import { gitEnvironment } from './snapshot.ts';
import type { Snapshot } from './snapshot.ts';

export interface SimulatedRepository {
  url: string;
  /** A home folder whose Git configuration leads the repository's own URLs to the sandbox. */
  home: string;
}

const limitMs = 120_000;
const name = 'repository';

export async function hostSnapshot(
  snapshot: Snapshot,
  server: SandboxGitServer,
  home: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<SimulatedRepository> {
  const url = await server.createRepository(name, { fromFolder: snapshot.folder });
  const bare = server.repositoryFolder(name);
  const { repository } = snapshot;
  if (repository !== undefined) {
    const git = (args: readonly string[]) =>
      runProgram('git', args, {
        cwd: repository.root,
        env: gitEnvironment(env),
        timeoutMs: limitMs,
      });
    // Charts may be asked for by tags and branches. A shallow clone cannot give them, and hardly anybody needs them.
    await git([
      ...['push', '--quiet', '--no-verify', '--', bare, 'refs/tags/*:refs/tags/*'],
      ...['^refs/heads/master', 'refs/heads/*:refs/heads/*'],
    ]);
    const known = (await git(['for-each-ref', '--format=%(refname:lstrip=-1)'])).stdout.toString();
    // The simulated files stand for what the branch will be once they are pushed.
    for (const branch of new Set([repository.branch, ...known.split('\n')]))
      if (branch !== '' && (branch === repository.branch || branch === 'main'))
        await runProgram('git', ['branch', '--force', '--', branch, 'master'], {
          cwd: bare,
          env: gitEnvironment(env),
          timeoutMs: limitMs,
        });
  }
  const asked = await chartUrls(snapshot.folder);
  await writeFile(
    path.join(home, '.gitconfig'),
    gitConfig({ url, asked, remotes: repository?.remotes ?? [], theirs: env.HOME }),
  );
  return { url, home };
}

/** URLs of Git that HelmReleases of the folder take their charts from. */
async function chartUrls(folder: string): Promise<string[]> {
  const found = new Set<string>();
  for (const file of await filesBelow(folder)) {
    if (!/\.ya?ml$/.test(file)) continue;
    for (const document of documentsOf(await readFile(file, 'utf8'))) {
      const url = valueAt(document, ['spec', 'chart', 'git']);
      if (typeof url === 'string' && url !== '') found.add(url);
    }
  }
  return [...found];
}

function documentsOf(text: string): unknown[] {
  try {
    return readDocuments(text);
  } catch {
    // No YAML, or a chart's template: fluxd will say so where it matters.
    return [];
  }
}

/** Git replaces prefixes, the longest first: URLs that only begin like one of ours are led to themselves. */
export function gitConfig(about: {
  url: string;
  asked: readonly string[];
  remotes: readonly string[];
  theirs: string | undefined;
}): string {
  const own = new Set(about.remotes.map(plainUrl));
  const lines = about.asked.map((asked) =>
    own.has(plainUrl(asked)) ? rewrite(about.url, asked) : rewrite(asked, asked),
  );
  const include =
    about.theirs === undefined
      ? ''
      : `[include]\n\tpath = ${quoted(path.join(about.theirs, '.gitconfig'))}\n`;
  return `${include}${lines.join('')}`;
}

const rewrite = (to: string, from: string) =>
  `[url ${quoted(to)}]\n\tinsteadOf = ${quoted(from)}\n`;

const quoted = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** Host and path, by which a repository is one and the same over SSH and HTTPS. */
export function plainUrl(url: string): string {
  const scp = /^(?:[^@/:]+@)?([^/:]+):(?!\/\/)(.*)$/s.exec(url);
  const full = /^[a-z+]+:\/\/(?:[^@/]*@)?([^/:]*)(?::\d+)?(\/.*)?$/is.exec(url);
  const [host = '', at = ''] =
    full === null ? (scp === null ? ['', url] : [scp[1], scp[2]]) : [full[1], full[2]];
  return `${host.toLowerCase()}/${at.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '')}`;
}
