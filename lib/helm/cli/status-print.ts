/** A release as `status`, `install`, `upgrade`, `test` and `get all` show it (helm 3.19 cmd/helm/status.go). */
import { coalesceValues, document } from '../chart/mod.ts';
import { releaseJson } from '../storage/mod.ts';
import type { Release } from '../storage/mod.ts';
import { parseYaml } from '../yaml/mod.ts';
import { ansiTime, yaml } from './print.ts';
import type { OutputFormat } from './print.ts';
import { resourcesText } from './resources-text.ts';
import type { Resources } from './resources-text.ts';

export interface StatusOptions {
  debug?: boolean;
  description?: boolean;
  metadata?: boolean;
  hideNotes?: boolean;
  /** JSON and YAML leave the chart out. */
  withoutChart?: boolean;
  resources?: Resources;
  /** Of the cluster: what is empty there is not stored. */
  stored?: boolean;
}

export function printRelease(
  release: Release,
  format: OutputFormat,
  options: StatusOptions = {},
): string {
  if (format === 'table') return statusText(release, options);
  const text = releaseJson(release, {
    withoutChart: options.withoutChart ?? false,
    ...(options.resources === undefined ? {} : { resources: options.resources }),
  });
  return format === 'json' ? `${text}\n` : yaml(parseYaml(text));
}

function statusText(release: Release, options: StatusOptions): string {
  const { info, chart } = release;
  const lines = [`NAME: ${release.name}`];
  if (info.lastDeployed !== '') lines.push(`LAST DEPLOYED: ${ansiTime(info.lastDeployed)}`);
  lines.push(
    `NAMESPACE: ${release.namespace}`,
    `STATUS: ${info.status}`,
    `REVISION: ${release.version}`,
  );
  if (options.metadata === true) {
    lines.push(
      `CHART: ${chart.metadata.name}`,
      `VERSION: ${chart.metadata.version}`,
      `APP_VERSION: ${chart.metadata.appVersion ?? ''}`,
    );
  }
  if (options.description === true) lines.push(`DESCRIPTION: ${info.description}`);
  if (options.resources !== undefined && options.resources.size > 0)
    lines.push(`RESOURCES:\n${resourcesText(options.resources)}`);
  const tests = release.hooks.filter((hook) => hook.events.includes('test'));
  if (tests.length === 0) lines.push('TEST SUITE: None');
  for (const { name, lastRun } of tests) {
    if (lastRun.startedAt === '') continue;
    lines.push(
      `TEST SUITE:     ${name}`,
      `Last Started:   ${ansiTime(lastRun.startedAt)}`,
      `Last Completed: ${ansiTime(lastRun.completedAt)}`,
      `Phase:          ${lastRun.phase}`,
    );
  }
  if (options.debug === true) {
    const computed = coalesceValues({ ...chart, raw: [], dependencies: [] }, release.config);
    const none = options.stored === true ? 'null\n' : '{}\n';
    const given = release.config.size === 0 ? none : yaml(release.config);
    lines.push('USER-SUPPLIED VALUES:', given, 'COMPUTED VALUES:', yaml(computed));
  }
  if (options.debug === true || info.description.toLowerCase() === 'dry run complete') {
    const hooks = release.hooks.map(({ path, manifest }) => document(path, manifest)).join('');
    lines.push(`HOOKS:\n${hooks}MANIFEST:\n${release.manifest}`);
  }
  if (options.hideNotes !== true && info.notes !== '') lines.push(`NOTES:\n${info.notes.trim()}`);
  return `${lines.join('\n')}\n`;
}
