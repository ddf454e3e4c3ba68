/** `repo add`, `list`, `remove` and `update` (helm 3.19 cmd/helm/repo_*.go). */
import { rm } from 'node:fs/promises';
import { messageOf } from '../../runtime/mod.ts';
import { cachedIndex, readRepositories, writeRepositories } from '../fetch/repositories.ts';
import type { RepositoryEntry } from '../fetch/repositories.ts';
import { downloadIndex, updateIndexes } from '../fetch/repository-update.ts';
import { command, refuse } from './context.ts';
import { outputFlag } from './flags.ts';
import { fields, json, outputFormat, table, yaml } from './print.ts';
import { repoAddFlags } from './repo-flags.ts';

const retired: Readonly<Record<string, string>> = {
  '//kubernetes-charts.storage.googleapis.com': 'https://charts.helm.sh/stable',
  '//kubernetes-charts-incubator.storage.googleapis.com': 'https://charts.helm.sh/incubator',
};

export const repoAdd = command({
  usage: 'repo add [NAME] [URL]',
  help: 'Gives a chart repository a name, and fetches its index.',
  args: { least: 2, most: 2 },
  flags: repoAddFlags,
  run: async (context, [name = '', url = ''], flags) => {
    const { repositoryConfig, repositoryCache } = context.settings;
    const old = Object.entries(retired).find(([part]) => url.includes(part));
    if (old !== undefined && !flags['allow-deprecated-repos'])
      throw refuse(`repo "${url}" is no longer available; try "${old[1]}" instead`);
    const known = (await readRepositories(repositoryConfig)) ?? [];
    let { password } = flags;
    if (flags.username !== '' && password === '') {
      if (!flags['password-stdin']) context.out('Password: ');
      password = (await context.readInput()).replace(/\r?\n$/, '');
      if (!flags['password-stdin']) context.out('\n');
    }
    const entry: RepositoryEntry = {
      name,
      url,
      username: flags.username,
      password,
      certFile: flags['cert-file'],
      keyFile: flags['key-file'],
      caFile: flags['ca-file'],
      insecureSkipTlsVerify: flags['insecure-skip-tls-verify'],
      passCredentialsAll: flags['pass-credentials'],
    };
    if (name.includes('/')) {
      throw refuse(
        `repository name (${name}) contains '/', please specify a different name without '/'`,
      );
    }
    const existing = known.find((each) => each.name === name);
    if (existing !== undefined && !flags['force-update']) {
      if (JSON.stringify(existing) !== JSON.stringify(entry)) {
        throw refuse(`repository name (${name}) already exists, please specify a different name`);
      }
      context.out(`"${name}" already exists with the same configuration, skipping\n`);
      return;
    }
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1] ?? '';
    if (!/^https?$/i.test(scheme)) throw refuse(`could not find protocol handler for: ${scheme}`);
    if (!URL.canParse(url)) throw refuse(`invalid chart URL format: ${url}`);
    await downloadIndex(entry, repositoryCache, context.signal).catch((thrown: unknown) => {
      throw refuse(
        `looks like "${url}" is not a valid chart repository or cannot be reached: ${messageOf(thrown)}`,
      );
    });
    const next =
      existing === undefined
        ? [...known, entry]
        : known.map((each) => (each.name === name ? entry : each));
    await writeRepositories(repositoryConfig, next, context.clock);
    context.out(`"${name}" has been added to your repositories\n`);
  },
});

export const repoList = command({
  usage: 'repo list',
  help: 'Lists the repositories that have names.',
  args: { least: 0, most: 0 },
  flags: [outputFlag],
  run: async (context, _args, flags) => {
    const format = outputFormat(flags.output);
    const known = (await readRepositories(context.settings.repositoryConfig)) ?? [];
    if (format === 'table') {
      if (known.length === 0) throw refuse('no repositories to show');
      context.out(table([['NAME', 'URL'], ...known.map(({ name, url }) => [name, url])]));
      return;
    }
    const items = known.map(({ name, url }) =>
      fields([
        ['name', name],
        ['url', url],
      ]),
    );
    context.out(format === 'json' ? json(items) : yaml(items));
  },
});

export const repoRemove = command({
  usage: 'repo remove [REPO1 [REPO2 ...]]',
  help: 'Forgets repositories and their indexes.',
  args: { least: 1 },
  flags: [],
  run: async (context, names) => {
    const { repositoryConfig, repositoryCache } = context.settings;
    let known = (await readRepositories(repositoryConfig)) ?? [];
    if (known.length === 0) throw refuse('no repositories configured');
    for (const name of names) {
      if (!known.some((each) => each.name === name)) throw refuse(`no repo named "${name}" found`);
      known = known.filter((each) => each.name !== name);
      await writeRepositories(repositoryConfig, known, context.clock);
      const { index, charts } = cachedIndex(repositoryCache, name);
      await rm(charts, { force: true });
      await rm(index, { force: true });
      context.out(`"${name}" has been removed from your repositories\n`);
    }
  },
});

export const repoUpdate = command({
  usage: 'repo update [REPO1 [REPO2 ...]]',
  help: 'Fetches the indexes of the named repositories, or of all.',
  args: { least: 0 },
  flags: [
    {
      name: 'fail-on-repo-update-fail',
      type: 'bool',
      default: false,
      help: 'update fails if any of the repository updates fail',
    },
  ],
  run: async (context, names, flags) => {
    const { repositoryConfig, repositoryCache } = context.settings;
    const known = (await readRepositories(repositoryConfig)) ?? [];
    if (known.length === 0) throw refuse('no repositories found. You must add one before updating');
    const unknown = names.find((name) => !known.some((each) => each.name === name));
    if (unknown !== undefined)
      throw refuse(`no repositories found matching '${unknown}'.  Nothing will be updated`);
    const chosen = names.length === 0 ? known : known.filter(({ name }) => names.includes(name));
    const say = (line: string) => context.out(`${line}\n`);
    say('Hang tight while we grab the latest from your chart repositories...');
    const failed = await updateIndexes(chosen, repositoryCache, say, context.signal);
    if (failed.length > 0 && flags['fail-on-repo-update-fail'])
      throw refuse(`Failed to update the following repositories: [${failed.join(' ')}]`);
    say('Update Complete. ⎈Happy Helming!⎈');
  },
});
