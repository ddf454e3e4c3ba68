/** What `--log-release-diffs` prints: changes as people read them, without secrets. Pure. */
import type { Chart, ChartFile } from '../../lib/helm/chart/mod.ts';
import type { Release } from '../../lib/helm/storage/mod.ts';
import type { GoMap, GoValue } from '../../lib/helm/values/mod.ts';
import { writeJson } from '../../lib/helm/yaml/mod.ts';

const mask = '***';
/** Names of values that are secret wherever they come from. */
const secretName =
  /pass(word|wd|phrase)?$|secret|token|credential|private_?key|api_?key|access_?key/i;
/** Lines around a change. */
const context = 2;
const longestLines = 2000;

/**
 * @param secrets values that came out of Secrets: what lies at the same place is masked
 * @returns lines, `-` before what was and `+` before what is
 */
export function readableDiff(
  release: Release,
  chart: Chart,
  values: GoMap,
  secrets: GoMap,
): string[] {
  const before = release.chart.metadata;
  const now = chart.metadata;
  const [was, is] = [`${before.name}-${before.version}`, `${now.name}-${now.version}`];
  return [
    ...(was === is ? [] : [`- chart ${was}`, `+ chart ${is}`]),
    ...valuesDiff(release.config, values, secrets),
    ...filesDiff(release.chart.templates, chart.templates),
  ];
}

export function valuesDiff(before: GoMap, after: GoMap, secrets: GoMap, at = ''): string[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  return keys.flatMap((key) => {
    const path = at === '' ? key : `${at}.${key}`;
    const [old, now, secret] = [before.get(key), after.get(key), secrets.get(key)];
    if (old instanceof Map && now instanceof Map)
      return valuesDiff(old, now, secret instanceof Map ? secret : new Map(), path);
    if (shown(old) === shown(now)) return [];
    const hidden = secretName.test(key) || secret !== undefined;
    const line = (sign: string, value: GoValue) =>
      `${sign} ${path}: ${hidden ? mask : shown(masked(value))}`;
    return [
      ...(old === undefined ? [] : [line('-', old)]),
      ...(now === undefined ? [] : [line('+', now)]),
    ];
  });
}

const shown = (value: GoValue | undefined): string => (value === undefined ? '' : writeJson(value));

/** A value whose own parts have secret names. */
function masked(value: GoValue): GoValue {
  if (Array.isArray(value)) return value.map(masked);
  if (!(value instanceof Map)) return value;
  return new Map(
    [...value].map(([key, each]): [string, GoValue] => [
      key,
      secretName.test(key) ? mask : masked(each),
    ]),
  );
}

function filesDiff(before: readonly ChartFile[], after: readonly ChartFile[]): string[] {
  const text = (files: readonly ChartFile[], name: string) =>
    Buffer.from(files.find((file) => file.name === name)?.data ?? []).toString('utf8');
  const names = [...new Set([...before, ...after].map(({ name }) => name))].sort();
  return names.flatMap((name) => {
    const [old, now] = [text(before, name), text(after, name)];
    return old === now ? [] : [`  ${name}`, ...linesDiff(old.split('\n'), now.split('\n'))];
  });
}

/** The lines that differ, with a few around them, by the longest common subsequence. */
export function linesDiff(before: readonly string[], after: readonly string[]): string[] {
  if (before.length > longestLines || after.length > longestLines)
    return [`- ${before.length} lines`, `+ ${after.length} lines`];
  const width = after.length + 1;
  const common = new Uint16Array((before.length + 1) * width);
  const at = (row: number, column: number) => common[row * width + column] ?? 0;
  for (let row = before.length - 1; row >= 0; row -= 1)
    for (let column = after.length - 1; column >= 0; column -= 1)
      common[row * width + column] =
        before[row] === after[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
  const lines: string[] = [];
  for (let row = 0, column = 0; row < before.length || column < after.length;) {
    if (row < before.length && column < after.length && before[row] === after[column]) {
      lines.push(`  ${before[row] ?? ''}`);
      row += 1;
      column += 1;
    } else if (row < before.length && at(row + 1, column) >= at(row, column + 1)) {
      lines.push(`- ${before[row] ?? ''}`);
      row += 1;
    } else if (column < after.length) {
      lines.push(`+ ${after[column] ?? ''}`);
      column += 1;
    } else {
      lines.push(`- ${before[row] ?? ''}`);
      row += 1;
    }
  }
  const isNear = (index: number) =>
    lines
      .slice(Math.max(0, index - context), index + context + 1)
      .some((line) => !line.startsWith('  '));
  return lines.filter((_, index) => isNear(index));
}
