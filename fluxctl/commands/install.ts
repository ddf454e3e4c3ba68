/** `fluxctl install`: the manifests of a fluxd (spec flux-v1 §9.10). */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readDocuments } from '../../lib/manifest/mod.ts';
import { flag, formatOf, text, texts, yamlFormatFlag } from '../command.ts';
import type { Command, FlagMap } from '../command.ts';
import { UsageError } from '../errors.ts';
import { isFolder } from '../print/folder.ts';
import { installManifests } from '../print/install-manifests.ts';

export const install: Command = {
  name: 'install',
  short: 'Print and tweak Kubernetes manifests needed to install Flux in a Cluster',
  examples: [
    "fluxctl install --git-url 'git@github.com:<you>/<repository>' --git-email=<your mail> | kubectl apply -f -",
  ],
  offline: true,
  flags: [
    { name: 'git-url', type: 'string', default: '', help: 'URL of the config repository' },
    { name: 'git-branch', type: 'string', default: 'master', help: 'branch to sync' },
    {
      name: 'git-paths',
      type: 'list',
      default: [],
      help: 'old name of --git-path',
      hidden: true,
      deprecated: 'please use --git-path (no ending s) instead',
    },
    { name: 'git-path', type: 'list', default: [], help: 'paths within the repository to sync' },
    {
      name: 'git-label',
      type: 'string',
      default: 'flux',
      help: 'name of the sync tag and of the notes ref',
    },
    { name: 'git-user', type: 'string', default: 'Flux', help: 'name of the committer' },
    { name: 'git-email', type: 'string', default: '', help: 'mail address of the committer' },
    {
      name: 'git-readonly',
      type: 'bool',
      default: false,
      help: 'never write to the repository',
    },
    { name: 'manifest-generation', type: 'bool', default: false, help: 'honour .flux.yaml' },
    {
      name: 'namespace',
      type: 'string',
      default: '',
      help: 'namespace to install to; the one of the kubeconfig when empty',
    },
    {
      name: 'registry-disable-scanning',
      type: 'bool',
      default: false,
      help: 'no image scanning',
    },
    {
      name: 'output-dir',
      short: 'o',
      type: 'string',
      default: '',
      help: 'existing folder to write to, a file for each manifest',
    },
    {
      name: 'add-security-context',
      type: 'bool',
      default: true,
      help: 'run as an ordinary user where that is possible',
    },
    {
      name: 'image',
      type: 'string',
      default: '',
      help: 'image of fluxd; the one of this version when empty',
    },
    yamlFormatFlag,
  ],
  run: async ({ out, err, namespace, version }, values) => {
    const format = formatOf(values, 'yaml');
    required(values, 'git-url');
    required(values, 'git-email');
    const files = installManifests({
      namespace,
      image: text(values, 'image') || `docker.io/reflux/fluxd:${version}`,
      gitUrl: text(values, 'git-url'),
      gitBranch: text(values, 'git-branch'),
      gitPaths: [...texts(values, 'git-paths'), ...texts(values, 'git-path')],
      gitLabel: text(values, 'git-label'),
      gitUser: text(values, 'git-user'),
      gitEmail: text(values, 'git-email'),
      readOnly: flag(values, 'git-readonly'),
      generation: flag(values, 'manifest-generation'),
      scanning: !flag(values, 'registry-disable-scanning'),
      securityContext: flag(values, 'add-security-context'),
    });
    const folder = text(values, 'output-dir');
    if (folder === '') {
      if (format === 'json') {
        const items = [...files.values()].flatMap(readDocuments);
        out(`${JSON.stringify({ apiVersion: 'v1', kind: 'List', items })}\n`);
      } else for (const content of files.values()) out(content);
      return;
    }
    if (!(await isFolder(folder))) throw new UsageError(`${folder} is not a directory`);
    for (const [name, content] of files) {
      const file = path.join(folder, name);
      err(`writing ${file}\n`);
      await writeFile(file, content);
    }
  },
};

function required(values: FlagMap, name: string): void {
  if (text(values, name) === '') throw new UsageError(`please supply a valid --${name} argument`);
}
