/** Rendered files into what a release stores: manifest, hooks, notes (helm 3.19 pkg/action, renderResources). */
import { textOfBytes } from '../values/mod.ts';
import type { GoMap } from '../values/mod.ts';
import { compareText } from '../yaml/mod.ts';
import { joined } from './chart.ts';
import type { Chart } from './chart.ts';
import { crdFiles } from './crds.ts';
import type { Capabilities } from './default-capabilities.ts';
import { inRange } from './dependencies.ts';
import { HelmError } from './errors.ts';
import { installOrder } from './kind-order.ts';
import { sortManifests } from './manifest.ts';
import type { RenderedHook } from './manifest.ts';
import { postRenderFiles } from './post-render.ts';
import type { ObjectPostRenderer } from './post-render.ts';
import type { Warn } from './tables.ts';

export interface RenderEnvironment {
  release: {
    name: string;
    namespace: string;
    revision: number;
    isInstall: boolean;
    isUpgrade: boolean;
  };
  capabilities: Capabilities;
  /** `lookup` finds nothing, as in a client-side dry run. */
  offline?: boolean;
  /** Values are not compared with the charts' schemas. */
  skipSchema?: boolean;
  /** `getHostByName` asks the name servers. */
  enableDns?: boolean;
  compose?: ComposeOptions;
}

export interface Rendered {
  /** Every document that is no hook, each behind its `# Source:` line. */
  manifest: string;
  hooks: RenderedHook[];
  notes: string;
}

/** Renders a chart whose dependencies are processed, with the user's values. */
export type RenderChart = (
  chart: Chart,
  values: GoMap,
  environment: RenderEnvironment,
) => Promise<Rendered>;

export interface ComposeOptions {
  includeCrds?: boolean;
  /** Notes of sub-charts too. */
  subNotes?: boolean;
  /** Secrets are mentioned, not shown. */
  hideSecret?: boolean;
  postRenderer?: ObjectPostRenderer;
  /** Told of hooks that are passed over. */
  warn?: Warn;
}

/**
 * @param files rendered templates by their full path (`<chart>/templates/x.yaml`)
 * @throws HelmError `InvalidManifest`
 */
export function composeManifest(
  chart: Chart,
  files: ReadonlyMap<string, string>,
  options: ComposeOptions = {},
): Rendered {
  const rootNotes = joined(chart.metadata.name, 'templates/NOTES.txt');
  const isNotes = (path: string) => path.endsWith('NOTES.txt');
  const notes = [...files.keys()]
    .filter((path) => path === rootNotes || (options.subNotes === true && isNotes(path)))
    .sort(compareText)
    .map((path) => files.get(path) ?? '')
    .reduce((all, each) => (all === '' ? each : `${all}\n${each}`), '');
  const { postRenderer, warn = () => undefined } = options;
  const rendered = new Map([...files].filter(([path]) => !isNotes(path)));
  const { hooks, manifests } = sorted(
    postRenderer === undefined ? rendered : postRenderFiles(rendered, postRenderer, warn),
    warn,
  );
  const crds = options.includeCrds === true ? crdFiles(chart) : [];
  const manifest = [
    ...crds.map(({ path, file }) => document(path, textOfBytes(file.data))),
    ...manifests.map(({ path, content, head }) =>
      options.hideSecret === true && head.kind === 'Secret' && head.apiVersion === 'v1'
        ? document(path, '# HIDDEN: The Secret output has been suppressed')
        : document(path, content),
    ),
  ].join('');
  return { manifest, hooks, notes };
}

/** Rendered text that is no YAML, with all of it, for a user to look at. */
export class UnreadableManifest extends HelmError {
  readonly manifest: string;

  constructor(cause: HelmError, manifest: string) {
    super(cause.reason, cause.subject, cause.message, { cause });
    this.manifest = manifest;
  }
}

function sorted(files: ReadonlyMap<string, string>, warn: Warn): ReturnType<typeof sortManifests> {
  try {
    return sortManifests(files, installOrder, warn);
  } catch (cause) {
    if (!(cause instanceof HelmError)) throw cause;
    const all = [...files].filter(([, text]) => text.trim() !== '');
    throw new UnreadableManifest(cause, all.map(([path, text]) => document(path, text)).join(''));
  }
}

/** As `helm template` and `helm get hooks` print one document. */
export function document(path: string, content: string): string {
  return `---\n# Source: ${path}\n${content}\n`;
}

/** @throws HelmError `IncompatibleCluster` when the chart's `kubeVersion` excludes the cluster's */
export function checkKubeVersion(chart: Chart, { kubeVersion }: Capabilities): void {
  const range = chart.metadata.kubeVersion ?? '';
  if (range === '' || inRange(range, kubeVersion.version)) return;
  throw new HelmError(
    'IncompatibleCluster',
    chart.metadata.name,
    `chart requires kubeVersion: ${range} which is incompatible with Kubernetes ${kubeVersion.version}`,
  );
}
