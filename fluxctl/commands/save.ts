/** `fluxctl save`: the cluster's workloads as files to begin a repository with (spec flux-v1 §9.7). */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseYaml, toYaml } from '../../lib/helm/yaml/mod.ts';
import { readDocuments, valueAt } from '../../lib/manifest/mod.ts';
import { formatOf, text, yamlFormatFlag } from '../command.ts';
import type { Command } from '../command.ts';
import { UsageError } from '../errors.ts';
import { isFolder } from '../print/folder.ts';
import { isRecord } from '../../lib/runtime/mod.ts';

export const save: Command = {
  name: 'save',
  usage: 'save --out config/',
  short: 'Save workload definitions to local files in cluster-native format',
  examples: ['fluxctl save'],
  flags: [
    {
      name: 'out',
      short: 'o',
      type: 'string',
      default: '-',
      help: 'Folder to save to, a file for each object; - prints them all',
    },
    yamlFormatFlag,
  ],
  run: async ({ client, out }, values) => {
    const format = formatOf(values, 'yaml');
    const stream = await client.export();
    const folder = text(values, 'out');
    if (folder !== '-' && !(await isFolder(folder)))
      throw new UsageError(`path ${folder} is not a directory`);
    const items: SavedObject[] = [];
    for (const document of readDocuments(stream)) {
      if (!isRecord(document)) continue;
      const object = saved(document);
      const yaml = `---\n${toYaml(parseYaml(JSON.stringify(object)))}`;
      if (folder === '-') {
        if (format === 'yaml') out(yaml);
        else items.push(object);
        continue;
      }
      const file = path.join(folder, fileOf(object));
      await mkdir(path.dirname(file), { recursive: true });
      out(`Saving ${object.kind} '${object.metadata.name}' to ${file}\n`);
      await writeFile(file, yaml);
    }
    if (format === 'json' && folder === '-')
      out(`${JSON.stringify({ apiVersion: 'v1', kind: 'List', items })}\n`);
  },
};

interface SavedObject {
  apiVersion?: string;
  kind: string;
  metadata: {
    annotations?: Record<string, unknown>;
    labels?: Record<string, unknown>;
    name: string;
    namespace?: string;
  };
  spec?: Record<string, unknown>;
}

/** Annotations that the cluster writes. */
const notKept = new Set([
  'deployment.kubernetes.io/revision',
  'kubectl.kubernetes.io/last-applied-configuration',
  'kubernetes.io/change-cause',
]);

/** What belongs under version control; the rest is the cluster's. */
export function saved(object: Record<string, unknown>): SavedObject {
  const string = (...at: string[]) => {
    const value = valueAt(object, at);
    return typeof value === 'string' ? value : '';
  };
  const map = (...at: string[]) => {
    const value = valueAt(object, at);
    return isRecord(value) ? value : {};
  };
  const annotations = Object.fromEntries(
    Object.entries(map('metadata', 'annotations')).filter(([key]) => !notKept.has(key)),
  );
  const labels = map('metadata', 'labels');
  const [apiVersion, namespace] = [string('apiVersion'), string('metadata', 'namespace')];
  const spec = withoutEmpty(withoutTemplateTime(map('spec')));
  return {
    ...(apiVersion === '' ? {} : { apiVersion }),
    kind: string('kind'),
    metadata: {
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      name: string('metadata', 'name'),
      ...(namespace === '' ? {} : { namespace }),
    },
    ...(isRecord(spec) && Object.keys(spec).length > 0 ? { spec } : {}),
  };
}

function withoutTemplateTime(spec: Record<string, unknown>): Record<string, unknown> {
  const { template } = spec;
  if (!isRecord(template) || !isRecord(template.metadata)) return spec;
  const { creationTimestamp: _time, ...metadata } = template.metadata;
  return { ...spec, template: { ...template, metadata } };
}

/** Leaves out keys whose value was empty to begin with; what only becomes empty stays, as in the original. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => !isEmpty(field))
      .map(([key, field]) => [key, withoutEmpty(field)]),
  );
}

const isEmpty = (value: unknown): boolean =>
  value === null ||
  (Array.isArray(value) && value.length === 0) ||
  (isRecord(value) && Object.keys(value).length === 0);

function fileOf({ kind, metadata: { name, namespace = '' } }: SavedObject): string {
  if (kind === 'Namespace') return `${name}-ns.yaml`;
  return path.join(namespace, `${name}-${kind === 'Deployment' ? 'dep' : kind}.yaml`);
}
