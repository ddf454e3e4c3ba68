/** `template`: manifests without a cluster (helm 3.19 cmd/helm/template.go). */
import { minimatch } from 'minimatch';
import { mkdir, writeFile, appendFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../runtime/mod.ts';
import { chartRenderer } from '../action/renderer.ts';
import {
  defaultCapabilities,
  document,
  HelmError,
  parseKubeVersion,
  processDependencies,
  splitManifests,
} from '../chart/mod.ts';
import type { Capabilities, Rendered } from '../chart/mod.ts';
import { cacheFolderOf } from './cache-folder.ts';
import { checkInstallable, nameAndChart, readChart, readValues } from './chart-input.ts';
import { command, refuse } from './context.ts';
import { applyFlags, nameFlags } from './flags.ts';

export const template = command({
  usage: 'template [NAME] [CHART]',
  help: 'locally render templates',
  args: { least: 1 },
  flags: [
    ...applyFlags,
    ...nameFlags,
    {
      name: 'show-only',
      short: 's',
      type: 'array',
      default: [],
      help: 'only show manifests rendered from the given templates',
    },
    {
      name: 'output-dir',
      type: 'string',
      default: '',
      help: 'writes the executed templates to files in output-dir instead of stdout',
    },
    {
      name: 'include-crds',
      type: 'bool',
      default: false,
      help: 'include CRDs in the templated output',
    },
    {
      name: 'skip-tests',
      type: 'bool',
      default: false,
      help: 'skip tests from templated output',
    },
    {
      name: 'is-upgrade',
      type: 'bool',
      default: false,
      help: 'set .Release.IsUpgrade instead of .Release.IsInstall',
    },
    {
      name: 'kube-version',
      type: 'string',
      default: '',
      help: 'Kubernetes version used for Capabilities.KubeVersion',
    },
    {
      name: 'api-versions',
      short: 'a',
      type: 'list',
      default: [],
      help: 'Kubernetes api versions used for Capabilities.APIVersions',
    },
    {
      name: 'skip-schema-validation',
      type: 'bool',
      default: false,
      help: 'if set, disables JSON schema validation',
    },
  ],
  run: async (context, args, flags) => {
    const capabilities = capabilitiesFor(flags['kube-version'], flags['api-versions']);
    const { name, reference } = nameAndChart(
      args,
      flags['generate-name'],
      () => Math.floor(context.clock.now().getTime() / 1000),
      'release-name',
    );
    const values = await readValues(flags, context);
    const loaded = await readChart(reference, flags, context, cacheFolderOf(context.env));
    checkInstallable(loaded);
    const warn = (line: string) => context.err(`${line}\n`);
    const chart = processDependencies(loaded, values, warn);
    const namespace = await context.namespace();
    const isUpgrade = flags['is-upgrade'];
    const render = chartRenderer(context.clock, undefined);
    const rendered = await render(chart, values, {
      release: { name, namespace, revision: 1, isInstall: !isUpgrade, isUpgrade },
      capabilities,
      skipSchema: flags['skip-schema-validation'],
      compose: { includeCrds: flags['include-crds'] },
    }).catch((thrown: unknown) => {
      // What fails before rendering has nothing to show.
      const early = thrown instanceof HelmError && thrown.reason === 'SchemaViolated';
      throw early
        ? thrown
        : refuse(`${messageOf(thrown)}\n\nUse --debug flag to render out invalid YAML`);
    });
    const shown = {
      ...rendered,
      hooks: flags['no-hooks']
        ? []
        : rendered.hooks.filter((hook) => !(flags['skip-tests'] && hook.events.includes('test'))),
    };
    if (flags['output-dir'] !== '') await writeFiles(shown, flags['output-dir'], context.out);
    else context.out(selected(shown, flags['show-only']));
  },
});

function capabilitiesFor(kubeVersion: string, extra: readonly string[]): Capabilities {
  const parsed =
    kubeVersion === '' ? defaultCapabilities.kubeVersion : parseKubeVersion(kubeVersion);
  if (parsed === undefined)
    throw refuse(`invalid kube version '${kubeVersion}': Invalid Semantic Version`);
  return {
    ...defaultCapabilities,
    kubeVersion: parsed,
    apiVersions: [...defaultCapabilities.apiVersions, ...extra],
  };
}

/** All of it, or the documents of the files asked for. */
function selected({ manifest, hooks }: Rendered, showOnly: readonly string[]): string {
  const all = `${manifest.trim()}\n${hooks.map((hook) => document(hook.path, hook.manifest)).join('')}`;
  if (showOnly.length === 0) return all;
  const documents = splitManifests(all).flatMap((text) => {
    const source = /# Source: [^/]+\/(.+)/.exec(text)?.[1];
    return source === undefined ? [] : [{ source, text }];
  });
  return showOnly
    .flatMap((pattern) => {
      const found = documents.filter(({ source }) =>
        minimatch(source, pattern, { dot: true, nobrace: true, noext: true, noglobstar: true }),
      );
      if (found.length === 0) throw refuse(`could not find template ${pattern} in chart`);
      return found;
    })
    .map(({ text }) => `---\n${text}\n`)
    .join('');
}

async function writeFiles(
  { manifest, hooks }: Rendered,
  folder: string,
  out: (text: string) => void,
): Promise<void> {
  const documents = [
    ...splitManifests(manifest).flatMap((text) => {
      const match = /^# Source: (.+)\n([^]*)$/.exec(text);
      return match === null ? [] : [{ file: match[1] ?? '', content: match[2] ?? '' }];
    }),
    ...hooks.map((hook) => ({ file: hook.path, content: hook.manifest })),
  ];
  const written = new Set<string>();
  for (const { file, content } of documents) {
    const full = path.join(folder, file);
    await mkdir(path.dirname(full), { recursive: true });
    await (written.has(full) ? appendFile : writeFile)(full, document(file, content));
    written.add(full);
    out(`wrote ${full}\n`);
  }
}
