/** `fluxctl lint`: what fluxd would stumble over, before the push. */
import { readFile, stat } from 'node:fs/promises';
import { adviceOn, chartFolders, loadManifests } from '../../lib/manifest/mod.ts';
import type { LoadedObject } from '../../lib/manifest/mod.ts';
import { clusterScope, formatResourceId, resourceId } from '../../lib/objects/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { formatOf, textFormatFlag } from '../command.ts';
import type { Command } from '../command.ts';
import { UsageError } from '../errors.ts';
import { filesBelow } from '../files.ts';

export interface Finding {
  /** `error` is what fluxd leaves alone, `warning` what has no effect. */
  level: 'error' | 'warning';
  file: string;
  message: string;
}

export const lint: Command = {
  name: 'lint',
  usage: 'lint [PATH...]',
  short: 'Check the manifests of a repository before they are pushed',
  long: `Check the manifests of a repository before they are pushed.

Says which files cannot be read and where, what is defined twice, which annotations
are mistyped, and which filters no container has. Ends with status 1 when there is
an error, with --strict also when there is a warning.`,
  examples: ['fluxctl lint', 'fluxctl lint namespaces releases --strict'],
  offline: true,
  takesArguments: true,
  flags: [
    { name: 'strict', type: 'bool', default: false, help: 'warnings count as errors' },
    textFormatFlag,
  ],
  run: async ({ args, namespace, out }, values) => {
    const format = formatOf(values, 'text');
    const files = new Map<string, string>();
    for (const one of args.length === 0 ? ['.'] : args)
      for (const [file, content] of await manifestFiles(one)) files.set(file, content);
    const findings = lintFiles(files, namespace);
    if (format === 'json') out(`${JSON.stringify(findings)}\n`);
    else for (const { level, message } of findings) out(`${level}: ${message}\n`);
    const count = (level: Finding['level']) =>
      findings.filter((finding) => finding.level === level).length;
    const [errors, warnings] = [count('error'), count('warning')];
    if (format === 'text') out(`${files.size} files, ${errors} errors, ${warnings} warnings\n`);
    if (errors > 0 || (values.strict === true && warnings > 0))
      throw new UsageError(`${errors} errors and ${warnings} warnings in ${files.size} files`);
  },
};

/** @param namespace of manifests that give none */
export function lintFiles(files: ReadonlyMap<string, string>, namespace: string): Finding[] {
  const findings: Finding[] = [];
  const seen = new Map<string, string>();
  for (const [file, content] of files) {
    const { objects, errors } = loadManifests(content, file);
    for (const { message } of errors) findings.push({ level: 'error', file, message });
    for (const { object } of objects) {
      const id = idOf({ object, source: file }, namespace);
      const first = seen.get(id);
      seen.set(id, first ?? file);
      if (first !== undefined)
        findings.push({
          level: 'error',
          file,
          message: `duplicate definition of '${id}' (in ${first === file ? file : `${first} and ${file}`})`,
        });
      for (const message of adviceOn(object))
        findings.push({
          level: 'warning',
          file,
          message: `${file}: ${object.kind} ${object.metadata.name ?? ''}: ${message}`,
        });
    }
  }
  return findings;
}

/** Kinds that have no namespace on every server; of others nobody can tell without one. */
const clusterKinds = new Set([
  'Namespace',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'PersistentVolume',
  'StorageClass',
  'PriorityClass',
  'IngressClass',
]);

function idOf({ object }: LoadedObject, namespace: string): string {
  const { name = '', namespace: own } = object.metadata;
  const home = clusterKinds.has(object.kind) ? clusterScope : (own ?? namespace);
  return formatResourceId(resourceId(home, object.kind, name));
}

async function manifestFiles(root: string): Promise<[string, string][]> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(root)).isDirectory();
  } catch (thrown) {
    throw new UsageError(`unable to read root path ${JSON.stringify(root)}: ${messageOf(thrown)}`);
  }
  const names = isFolder ? await filesBelow(root) : [root];
  const charts = chartFolders(names);
  const found: [string, string][] = [];
  for (const name of names.sort())
    if (/\.ya?ml$/.test(name) && !charts.some((chart) => name.startsWith(chart)))
      found.push([name, await readFile(name, 'utf8')]);
  return found;
}
