/** `template`: manifests without a cluster (helm 3.19 cmd/helm/template.go). */
import { mkdir, writeFile, appendFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../runtime/mod.ts';
import { bytesOfText, textOfBytes } from '../values/mod.ts';
import { checkReleaseName } from '../action/context.ts';
import { postRendered } from '../action/render-options.ts';
import { chartRenderer } from '../action/renderer.ts';
import {
  crdFiles,
  defaultCapabilities,
  document,
  HelmError,
  parseKubeVersion,
  processDependencies,
  shellPattern,
  splitManifests,
  UnreadableManifest,
} from '../chart/mod.ts';
import type { Capabilities, Chart, Rendered } from '../chart/mod.ts';
import { installFlags } from './apply-flags.ts';
import { dryRunOf, nameAndChart, readInstallable, warnTo } from './chart-input.ts';
import { command, refuse } from './context.ts';
import type { CommandContext } from './context.ts';
import { postRendererOf } from './post-renderer.ts';

export const template = command({
  usage: 'template [NAME] [CHART]',
  help: `Renders a chart and prints its manifests. No cluster is asked, unless --validate or --dry-run=server is given;
without one, \`lookup\` finds nothing and the capabilities are those of --kube-version and --api-versions.`,
  args: { least: 1 },
  flags: [
    ...installFlags,
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
      name: 'validate',
      type: 'bool',
      default: false,
      help: 'validate your manifests against the Kubernetes cluster you are currently pointing at. This is the same validation performed on an install',
    },
    {
      name: 'release-name',
      type: 'bool',
      default: false,
      help: 'use release name in the output-dir path.',
    },
  ],
  run: async (context, args, flags, given) => {
    const offline = capabilitiesFor(flags['kube-version'], flags['api-versions']);
    const { name, reference } = await nameAndChart(
      args,
      {
        generate: flags['generate-name'],
        template: flags['name-template'],
        otherwise: 'release-name',
      },
      context.clock,
    );
    const { chart: loaded, values } = await readInstallable(reference, flags, context);
    const namespace = await context.namespace();
    const dryRun = given.has('dry-run') ? dryRunOf(flags['dry-run'], true) : 'client';
    /** As the cluster would take it. */
    const validated = async (): Promise<Printed> => {
      const { runOptions } = await import('./install.ts');
      const { engine } = await context.cluster();
      const { manifest, hooks } = await engine.install({
        releaseName: name,
        namespace,
        chart: loaded,
        values,
        dryRun: dryRun ?? 'client',
        ...(await runOptions(context, { ...flags, 'hide-secret': false })),
      });
      return { manifest: crdText(loaded, flags['include-crds']) + manifest, hooks };
    };
    if (flags.validate) {
      await print(context, flags, name, await validated());
      return;
    }
    checkReleaseName(name, (problem) => `release name "${name}": ${problem}`);
    const warn = warnTo(context);
    const chart = processDependencies(loaded, values, warn);
    const isUpgrade = flags['is-upgrade'];
    const kube = dryRun === 'client' ? undefined : (await context.cluster()).kube;
    const render = chartRenderer(context.clock, kube, warn);
    const postRender = await postRendererOf(flags, context.env);
    const rendered = await render(chart, values, {
      release: { name, namespace, revision: 1, isInstall: !isUpgrade, isUpgrade },
      capabilities: offline,
      skipSchema: flags['skip-schema-validation'],
      enableDns: flags['enable-dns'],
      compose: {
        includeCrds: flags['include-crds'],
        subNotes: flags['render-subchart-notes'],
      },
    })
      .then(async (all) => ({
        ...all,
        manifest: await postRendered(all.manifest, postRender === undefined ? {} : { postRender }),
      }))
      .catch((thrown: unknown) => {
        if (thrown instanceof UnreadableManifest && context.global.debug)
          context.out(`${thrown.manifest.trim()}\n`);
        // What fails before rendering has nothing to show.
        const early =
          thrown instanceof HelmError &&
          (thrown.reason === 'SchemaViolated' || thrown.reason === 'InvalidValues');
        throw early || context.global.debug
          ? thrown
          : refuse(`${messageOf(thrown)}\n\nUse --debug flag to render out invalid YAML`);
      });
    await print(context, flags, name, rendered);
  },
});

function crdText(chart: Chart, included: boolean): string {
  const files = included ? crdFiles(chart) : [];
  return files.map(({ path: file, file: { data } }) => document(file, textOfBytes(data))).join('');
}

type Printed = Pick<Rendered, 'manifest' | 'hooks'>;

async function print(
  context: CommandContext,
  flags: {
    'no-hooks': boolean;
    'skip-tests': boolean;
    'output-dir': string;
    'release-name': boolean;
    'show-only': readonly string[];
  },
  name: string,
  rendered: Printed,
): Promise<void> {
  const shown = {
    ...rendered,
    hooks: flags['no-hooks']
      ? []
      : rendered.hooks.filter((hook) => !(flags['skip-tests'] && hook.events.includes('test'))),
  };
  if (flags['output-dir'] === '') {
    context.out(selected(shown, flags['show-only']));
    return;
  }
  const folder = flags['release-name'] ? path.join(flags['output-dir'], name) : flags['output-dir'];
  await writeFiles(shown, folder, context.out);
  // Helm prints the manifest that went to files as an empty one.
  context.out('\n');
}

function capabilitiesFor(kubeVersion: string, extra: readonly string[]): Capabilities {
  const parsed =
    kubeVersion === '' ? defaultCapabilities.kubeVersion : parseKubeVersion(kubeVersion);
  if (parsed === undefined)
    throw refuse(
      `invalid kube version '${kubeVersion}': could not parse ${JSON.stringify(kubeVersion)} as version`,
    );
  return {
    ...defaultCapabilities,
    kubeVersion: parsed,
    apiVersions: [...defaultCapabilities.apiVersions, ...extra],
  };
}

/** All of it, or the documents of the files asked for. */
function selected({ manifest, hooks }: Printed, showOnly: readonly string[]): string {
  const all = `${manifest.trim()}\n${hooks.map((hook) => document(hook.path, hook.manifest)).join('')}`;
  if (showOnly.length === 0) return all;
  const documents = splitManifests(all).flatMap((text) => {
    const source = /# Source: [^/]+\/(.+)/.exec(text)?.[1];
    return source === undefined ? [] : [{ source, text }];
  });
  return showOnly
    .flatMap((pattern) => {
      const matcher = shellPattern(pattern);
      const found = documents.filter(({ source }) => matcher.test(source));
      if (found.length === 0) throw refuse(`could not find template ${pattern} in chart`);
      return found;
    })
    .map(({ text }) => `---\n${text}\n`)
    .join('');
}

async function writeFiles(
  { manifest, hooks }: Printed,
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
    await (written.has(full) ? appendFile : writeFile)(full, bytesOfText(document(file, content)));
    written.add(full);
    out(`wrote ${full}\n`);
  }
}
