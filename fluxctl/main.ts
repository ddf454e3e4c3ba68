/** fluxctl: binds the verbs to the process. The only place that reads the environment. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { useEnvironmentProxies } from '../lib/http/mod.ts';
import { programVersion, systemClock } from '../lib/runtime/mod.ts';
import { openTerminalKeys } from './print/keys.ts';
import { runFluxctl } from './run.ts';

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

useEnvironmentProxies(process.env);
runFluxctl(process.argv.slice(2), {
  env: process.env,
  clock: systemClock,
  version: programVersion(import.meta.url),
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
