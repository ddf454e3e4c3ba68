/** `reflux-helm`: arguments in, exit status out. The only place that reads the environment. */
import { setMaxListeners } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { KubeClient } from '../../kube/mod.ts';
import { messageOf, systemClock } from '../../runtime/mod.ts';
import type { CommandContext } from './context.ts';
import { bytesOfText, hasLooseBytes } from '../values/mod.ts';
import { runCli } from './run-cli.ts';
import { settingsOf } from './settings.ts';

// An executable that Bun made holds its script; what it was called by is its own name.
const script = process.versions['bun'] === undefined ? process.argv[1] : process.argv0;
const called = path.basename(script ?? '').replace(/\.c?js$/, '');
const program = called === 'main.ts' || called === '' ? 'reflux-helm' : called;
const abort = new AbortController();
// A listener for each request under way.
setMaxListeners(0, abort.signal);
/** Templates may make bytes that are no text; they are printed as they are. */
const print = (text: string) =>
  void process.stdout.write(hasLooseBytes(text) ? bytesOfText(text) : text);
/** Connections to close at the end. */
const open: KubeClient[] = [];

function contextFor(global: CommandContext['global']): CommandContext {
  const home = homedir();
  const connect = async () => {
    const { connectionFor } = await import('./connection.ts');
    return connectionFor(global, process.env, systemClock);
  };
  let client: KubeClient | undefined;
  const debug = (line: string) => {
    if (global.debug) process.stderr.write(`${line}\n`);
  };
  return {
    program,
    global,
    env: process.env,
    home,
    settings: settingsOf(global, process.env, home, process.platform),
    clock: systemClock,
    signal: abort.signal,
    out: print,
    err: (text) => void process.stderr.write(text),
    readInput: () => readFile('/dev/stdin', 'utf8'),
    namespace: async () => {
      if (global.namespace !== '') return global.namespace;
      const file = [global.kubeconfig, process.env['KUBECONFIG'] ?? ''].find((each) => each !== '');
      const known = file ?? path.join(home, '.kube', 'config');
      const exists = await stat(known.split(path.delimiter)[0] ?? known).then(
        () => true,
        () => false,
      );
      return exists ? ((await connect()).namespace ?? 'default') : 'default';
    },
    cluster: async () => {
      const [{ createKubeClient }, { createHelmEngine, storageDriver }, connection] =
        await Promise.all([import('../../kube/mod.ts'), import('../action/mod.ts'), connect()]);
      client ??= createKubeClient({
        connection,
        warn: (text) => process.stderr.write(`Warning: ${text}\n`),
      });
      if (!open.includes(client)) open.push(client);
      const driver = storageDriver(process.env['HELM_DRIVER'] ?? '');
      return {
        kube: client,
        engine: createHelmEngine({
          kube: client,
          clock: systemClock,
          log: debug,
          driver,
          warn: (line, place) => void process.stderr.write(`${place}: ${line}\n`),
          hookOutput: (text) => void process.stderr.write(text),
        }),
      };
    },
  };
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => abort.abort(new Error('context canceled')));

/** Loaded only where there is a proxy: it is large. */
async function goByProxies(): Promise<void> {
  if (!Object.keys(process.env).some((name) => /^https?_proxy$/i.test(name))) return;
  (await import('../../http/mod.ts')).useEnvironmentProxies(process.env);
}

goByProxies()
  .then(() =>
    runCli(process.argv.slice(2), {
      program,
      env: process.env,
      contextFor,
      out: print,
      err: (text) => void process.stderr.write(text),
      readInput: () => readFile('/dev/stdin', 'utf8'),
    }),
  )
  .catch((thrown: unknown) => {
    process.stderr.write(`Error: ${messageOf(thrown)}\n`);
    process.exitCode = 1;
  })
  .finally(() => Promise.all(open.map((client) => client.close())));
