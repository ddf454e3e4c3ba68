/** fluxctl: binds the verbs to the process. The only place that reads the environment. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../lib/runtime/mod.ts';
import { openTerminalKeys } from './print/keys.ts';
import { runFluxctl } from './run.ts';

/** The same relative place from source and from the bundle. */
function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const found = /"version":\s*"([^"]+)"/.exec(text);
  return found?.[1] ?? 'unversioned';
}

function gitConfig(key: string): string {
  try {
    return execFileSync('git', ['config', '--get', '--null', key], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).replaceAll('\0', '');
  } catch {
    // Unset, or git is not installed: nobody is named.
    return '';
  }
}

/** The programs beside this one: their bundles beside the bundle, else their sources. */
function programCommand(bundle: string, source: string): string[] {
  const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  return import.meta.url.endsWith('.ts')
    ? [process.execPath, ...process.execArgv, here(`../${source}`)]
    : [process.execPath, here(bundle)];
}

runFluxctl(process.argv.slice(2), {
  env: process.env,
  clock: systemClock,
  version: readVersion(),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  gitConfig,
  openKeys: openTerminalKeys,
  programs: {
    fluxd: programCommand('fluxd.js', 'daemon/main.ts'),
    helmOperator: programCommand('helm-operator.js', 'helm-operator/main.ts'),
  },
  helmReleaseDefinition: fileURLToPath(new URL('../crds/helmreleases.yaml', import.meta.url)),
}).then(
  (status) => {
    process.exitCode = status;
  },
  (thrown: unknown) => {
    console.error(thrown);
    process.exitCode = 1;
  },
);
