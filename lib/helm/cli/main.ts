/** `reflux-helm`: arguments in, exit status out. The only place that reads the environment. */
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { Fault, flagUsage, messageOf, parseFlags, systemClock } from '../../runtime/mod.ts';
import type { KubeClient } from '../../kube/mod.ts';
import { refuse } from './context.ts';
import type { Command, CommandContext } from './context.ts';
import { globalFlags } from './flags.ts';

/** Loaded when used, so that `template` need not read what talks to a cluster. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  template: async () => anyCommand((await import('./template.ts')).template),
  install: async () => anyCommand((await import('./install.ts')).install),
  upgrade: async () => anyCommand((await import('./upgrade.ts')).upgrade),
  list: async () => anyCommand((await import('./list.ts')).list),
  history: async () => anyCommand((await import('./history.ts')).history),
  status: async () => anyCommand((await import('./get.ts')).status),
  'get all': async () => anyCommand((await import('./get.ts')).getAll),
  'get manifest': async () => anyCommand((await import('./get.ts')).getManifest),
  'get values': async () => anyCommand((await import('./get.ts')).getValues),
  'get notes': async () => anyCommand((await import('./get.ts')).getNotes),
  'get hooks': async () => anyCommand((await import('./get.ts')).getHooks),
  'get metadata': async () => anyCommand((await import('./get.ts')).getMetadata),
  rollback: async () => anyCommand((await import('./change.ts')).rollback),
  uninstall: async () => anyCommand((await import('./change.ts')).uninstall),
  test: async () => anyCommand((await import('./change.ts')).test),
  'dependency update': async () => anyCommand((await import('./dependency.ts')).dependencyUpdate),
  'dependency build': async () => anyCommand((await import('./dependency.ts')).dependencyBuild),
  'show chart': async () => anyCommand((await import('./show.ts')).showChart),
  'show values': async () => anyCommand((await import('./show.ts')).showValues),
};

const aliases: Readonly<Record<string, string>> = {
  ls: 'list',
  hist: 'history',
  del: 'uninstall',
  delete: 'uninstall',
  un: 'uninstall',
  dep: 'dependency',
  up: 'update',
};

/** A command whose flags are its own business. */
function anyCommand(command: Command): Command {
  return command;
}

const abort = new AbortController();

async function main(argv: readonly string[]): Promise<void> {
  const before = parseFlags(globalFlags, argv, { env: process.env, stopAtFirstArgument: true });
  const globalArgs = argv.slice(0, argv.length - before.args.length);
  const [word = '', next = ''] = before.args.map((arg) => aliases[arg] ?? arg);
  const name = word in commands ? word : `${word} ${next}`;
  const load = commands[name];
  if (word === '' || word === 'help') {
    process.stdout.write(usage());
    return;
  }
  if (word === 'version') {
    process.stdout.write('reflux-helm, a Helm 3.19 engine\n');
    return;
  }
  if (load === undefined) {
    throw refuse(
      `unknown command "${word}" for "reflux-helm"\nRun 'reflux-helm --help' for usage.`,
    );
  }
  const rest = before.args
    .slice(name.split(' ').length)
    .map((arg) => (arg === '--dry-run' ? '--dry-run=client' : arg));
  const command = await load();
  const specs = [...globalFlags, ...command.flags];
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(
      `${command.help}\n\nUsage:\n  reflux-helm ${command.usage} [flags]\n\nFlags:\n${flagUsage(specs)}`,
    );
    return;
  }
  const parsed = parseFlags(specs, [...globalArgs, ...rest], { env: process.env });
  for (const line of parsed.warnings) process.stderr.write(`${line}\n`);
  checkCount(name, command, parsed.args.length);
  const global = parseFlags(
    specs.filter((spec) => globalFlags.some((each) => each.name === spec.name)),
    [],
    { env: process.env },
  );
  await command.run(
    contextFor({ ...global.values, ...parsed.values } as CommandContext['global']),
    parsed.args,
    parsed.values,
    parsed.given,
  );
}

function checkCount(name: string, { usage: line, args }: Command, count: number): void {
  const { least, most } = args;
  if (count >= least && (most === undefined || count <= most)) return;
  const plural = (number: number) => `${number} argument${number === 1 ? '' : 's'}`;
  const wanted =
    least === most
      ? least === 0
        ? 'accepts no arguments'
        : `requires ${plural(least)}`
      : count < least
        ? `requires at least ${plural(least)}`
        : `accepts at most ${plural(most ?? 0)}`;
  throw refuse(`"helm ${name}" ${wanted}\n\nUsage:  helm ${line} [flags]`);
}

function usage(): string {
  return `The Kubernetes package manager, as Reflux has it.\n\nUsage:\n  reflux-helm [command]\n\nAvailable Commands:\n${Object.keys(
    commands,
  )
    .sort()
    .map((name) => `  ${name}\n`)
    .join('')}\nFlags:\n${flagUsage(globalFlags)}`;
}

function contextFor(global: CommandContext['global']): CommandContext {
  const kubeconfig = global.kubeconfig === '' ? {} : { path: global.kubeconfig };
  const connect = async () => {
    const { loadConnection } = await import('../../kube/mod.ts');
    return loadConnection({
      env: process.env,
      ...kubeconfig,
      ...(global['kube-context'] === '' ? {} : { context: global['kube-context'] }),
      ...(global['kube-apiserver'] === '' ? {} : { master: global['kube-apiserver'] }),
    });
  };
  let client: KubeClient | undefined;
  const debug = (line: string) => {
    if (global.debug) process.stderr.write(`${line}\n`);
  };
  return {
    global,
    env: process.env,
    clock: systemClock,
    signal: abort.signal,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    readInput: () => readFile('/dev/stdin', 'utf8'),
    namespace: async () => {
      if (global.namespace !== '') return global.namespace;
      const file = [global.kubeconfig, process.env['KUBECONFIG'] ?? ''].find((each) => each !== '');
      const known = file ?? path.join(homedir(), '.kube', 'config');
      const exists = await stat(known.split(path.delimiter)[0] ?? known).then(
        () => true,
        () => false,
      );
      return exists ? ((await connect()).namespace ?? 'default') : 'default';
    },
    cluster: async () => {
      const [{ createKubeClient }, { createHelmEngine }, connection] = await Promise.all([
        import('../../kube/mod.ts'),
        import('../action/mod.ts'),
        connect(),
      ]);
      client ??= createKubeClient({
        connection,
        warn: (text) => process.stderr.write(`Warning: ${text}\n`),
      });
      open.push(client);
      return {
        kube: client,
        engine: createHelmEngine({ kube: client, clock: systemClock, log: debug }),
      };
    },
  };
}

/** Connections to close at the end. */
const open: KubeClient[] = [];

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => abort.abort(new Error('context canceled')));

main(process.argv.slice(2))
  .catch((thrown: unknown) => {
    const isUse = thrown instanceof Fault && thrown.reason === 'Help';
    process.stderr.write(isUse ? usage() : `Error: ${messageOf(thrown)}\n`);
    process.exitCode = isUse ? 0 : 1;
  })
  .finally(() => Promise.all(open.map((client) => client.close())));
