/** Rules for Chart.yaml (helm 3.19 pkg/lint/rules/chartfile.go). */
import { messageOf } from '../../../runtime/mod.ts';
import { parseConstraint, parseVersion } from '../../../policy/mod.ts';
import { metadataFrom } from '../../chart/mod.ts';
import type { ChartMetadata } from '../../chart/mod.ts';
import type { GoMap, GoValue } from '../../values/mod.ts';
import { parseYamlMap } from '../../yaml/mod.ts';
import type { LintedChart } from './lint-chart.ts';
import type { Report } from './message.ts';

const file = 'Chart.yaml';

export function lintChartFile(report: Report, { files }: LintedChart): void {
  let map: GoMap;
  let metadata: ChartMetadata;
  try {
    map = parseYamlMap(new TextDecoder().decode(files.get(file)?.data));
    metadata = metadataFrom(map, file);
  } catch (thrown) {
    const text = messageOf(thrown).replace(/^cannot load Chart\.yaml: /, '');
    report.note('error', file, `unable to parse YAML\n\t${text}`);
    return;
  }
  const error = (text: string | undefined) => report.note('error', file, text);
  error(nameProblem(metadata));
  error(apiVersionProblem(metadata));
  error(typeProblem(map, 'version'));
  error(versionProblem(metadata));
  error(typeProblem(map, 'appVersion'));
  error(maintainerProblem(metadata));
  error(
    (metadata.sources ?? [])
      .filter((source) => !isRequestUrl(source))
      .map((source) => `invalid source URL '${source}'`)[0],
  );
  const { icon = '', apiVersion = '', type = '', dependencies = [] } = metadata;
  report.note('info', file, icon === '' ? 'icon is recommended' : undefined);
  error(icon !== '' && !isRequestUrl(icon) ? `invalid icon URL '${icon}'` : undefined);
  error(
    type !== '' && apiVersion !== 'v2'
      ? `chart type is not valid in apiVersion '${apiVersion}'. It is valid in apiVersion 'v2'`
      : undefined,
  );
  error(
    dependencies.length > 0 && apiVersion !== 'v2'
      ? `dependencies are not valid in the Chart file with apiVersion '${apiVersion}'. They are valid in apiVersion 'v2'`
      : undefined,
  );
}

function nameProblem({ name }: ChartMetadata): string | undefined {
  if (name === '') return 'name is required';
  const isPath = name.includes('/') || name === '';
  return isPath ? `chart name "${name}" is invalid` : undefined;
}

function apiVersionProblem({ apiVersion = '' }: ChartMetadata): string | undefined {
  if (apiVersion === '') return 'apiVersion is required. The value must be either "v1" or "v2"';
  if (apiVersion === 'v1' || apiVersion === 'v2') return undefined;
  return `apiVersion '${apiVersion}' is not valid. The value must be either "v1" or "v2"`;
}

function typeProblem(map: GoMap, key: string): string | undefined {
  const value = map.get(key);
  if (value === undefined || typeof value === 'string') return undefined;
  return `${key} should be of type string but it's of type ${goType(value)}`;
}

function goType(value: GoValue): string {
  if (value === null) return '<nil>';
  if (typeof value === 'number') return 'float64';
  if (typeof value === 'boolean') return 'bool';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}

function versionProblem({ version }: ChartMetadata): string | undefined {
  if (version === '') return 'version is required';
  const parsed = parseVersion(version);
  if (parsed === undefined) return `version '${version}' is not a valid SemVer`;
  return parseConstraint('>0.0.0-0').allows(parsed)
    ? undefined
    : `version ${version} is less than or equal to 0.0.0-0`;
}

function maintainerProblem({ maintainers = [] }: ChartMetadata): string | undefined {
  for (const { name = '', email = '', url = '' } of maintainers) {
    if (name === '') return 'each maintainer requires a name';
    if (email !== '' && !isEmail(email)) return `invalid email '${email}' for maintainer '${name}'`;
    if (url !== '' && !isUrl(url)) return `invalid url '${url}' for maintainer '${name}'`;
  }
  return undefined;
}

const isEmail = (text: string): boolean =>
  /^[^\s@"(),:;<>[\\\]]+@[^\s@.]+(?:\.[^\s@.]+)*\.[^\s@.]{2,}$/u.test(text);

/** An absolute URL with a scheme. */
function isRequestUrl(text: string): boolean {
  return /^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(text) && URL.canParse(text);
}

/** A URL, or a host with a path. */
function isUrl(text: string): boolean {
  if (text.length < 3 || text.startsWith('.') || /\s/.test(text)) return false;
  const full = text.includes('://') ? text : `http://${text}`;
  if (!URL.canParse(full)) return false;
  const { protocol, hostname } = new URL(full);
  if (!/^(?:https?|ftp|tcp|udp|wss?|irc|rtmp):$/.test(protocol)) return false;
  return hostname === 'localhost' || hostname.includes('.') || hostname.startsWith('[');
}
