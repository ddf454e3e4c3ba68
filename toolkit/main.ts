/** toolkit: flags, signals, exit. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { useEnvironmentProxies } from '../lib/http/mod.ts';
import { createKubeClient, impersonate, loadConnection } from '../lib/kube/mod.ts';
import { createLogger, Fault, messageOf, programVersion, systemClock } from '../lib/runtime/mod.ts';
import { helpText, readCommandLine } from './config.ts';
import type { CommandLine, Config } from './config.ts';
import { definitionsText, storedVersions } from './crds/mod.ts';
import { runToolkit } from './toolkit.ts';

/** Different warnings of the server that are logged. */
const mostWarnings = 256;

async function main(): Promise<number> {
  let command: CommandLine;
  try {
    command = readCommandLine(process.argv.slice(2), process.env);
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    process.stderr.write(`${thrown.message}\n`);
    return 2;
  }
  switch (command.ask) {
    case 'help':
      process.stdout.write(helpText());
      return 0;
    case 'version':
      process.stdout.write(`${programVersion(import.meta.url)}\n`);
      return 0;
    case 'crds':
      process.stdout.write(definitionsText());
      return 0;
    case 'stored crds':
      process.stdout.write(definitionsText(storedVersions));
      return 0;
    case 'run':
      return run(command.config);
  }
}

async function run(config: Config): Promise<number> {
  const log = createLogger({
    format: config.logFormat,
    stream: process.stderr,
    now: () => new Date(),
  });
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      log.log({ info: 'stopping', signal: name });
      stop.abort();
      // A second signal does not wait for running work.
      process.once(name, () => process.exit(1));
    });
  }
  let connection;
  try {
    connection = await loadConnection({
      env: process.env,
      ...(config.kubeconfig === '' ? {} : { path: config.kubeconfig }),
    });
  } catch (thrown) {
    log.log({ error: `error building kubeconfig: ${messageOf(thrown)}` });
    return 1;
  }
  const said = new Set<string>();
  // The server says the same of every object.
  const warn = (text: string) => {
    if (said.has(text) || said.size >= mostWarnings) return;
    said.add(text);
    log.log({ warning: text });
  };
  const kube = createKubeClient({ connection, warn });
  const workFolder = await mkdtemp(path.join(tmpdir(), 'toolkit'));
  try {
    await runToolkit(
      {
        config,
        kube,
        clientAs: (user) => createKubeClient({ connection: impersonate(connection, user), warn }),
        clock: systemClock,
        log,
        env: process.env,
        workFolder,
        identity: `${hostname()}-${randomUUID().slice(0, 8)}`,
        ownNamespace: connection.podNamespace ?? connection.namespace ?? 'default',
        random: Math.random,
      },
      stop.signal,
    );
    return 0;
  } finally {
    await rm(workFolder, { recursive: true, force: true });
    await kube.close();
  }
}

// Whoever reads may stop reading.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

useEnvironmentProxies(process.env);
main().then(
  (code) => {
    process.exitCode = code;
  },
  (thrown: unknown) => {
    console.error(thrown);
    process.exitCode = 1;
  },
);
