/** Rules for `charts/` (helm 3.19 pkg/lint/rules/dependencies.go). */
import type { LintedChart } from './lint-chart.ts';
import type { Report } from './message.ts';

export function lintDependencies(report: Report, { folder, loaded }: LintedChart): void {
  if (typeof loaded === 'string') {
    report.note('error', '', `unable to load chart\n\t${loaded}`);
    return;
  }
  const wanted = loaded.metadata.dependencies ?? [];
  const present = loaded.dependencies.map(({ metadata }) => metadata.name);
  const listed = (what: string, names: readonly string[]) =>
    names.length === 0 ? undefined : `${what}: ${names.join(',')}`;
  report.note(
    'error',
    folder,
    listed(
      'chart metadata is missing these dependencies',
      present.filter((name) => !wanted.some((each) => each.name === name)),
    ),
  );
  const keys = wanted.map(({ name, alias }) => (alias ? alias : name));
  report.note(
    'error',
    folder,
    listed(
      'multiple dependencies with name or alias',
      keys.filter((key, at) => keys.indexOf(key) < at),
    ),
  );
  report.note(
    'warning',
    folder,
    listed(
      'chart directory is missing these dependencies',
      wanted.map(({ name }) => name).filter((name) => !present.includes(name)),
    ),
  );
}
